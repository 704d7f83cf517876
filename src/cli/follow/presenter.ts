import type { ServiceStatus } from '../../api/schema.ts';
import type { Output } from '../terminal/output.ts';
import { changes } from '../view/changes.ts';
import { timeOfDay } from '../view/format.ts';
import { openScreen } from '../view/screen.ts';
import { serviceView } from '../view/service.ts';

/** Shows a service as it changes. */
export interface Presenter {
  show(status: ServiceStatus): void;
  /** Leaves the last picture where it is. */
  close(): void;
}

/** Redrawn in place on a terminal; one line a change elsewhere; nothing where `quiet`. */
export function presenter(output: Output, quiet = false): Presenter {
  if (quiet) return { show: () => undefined, close: () => undefined };
  return output.live ? livePresenter(output) : plainPresenter(output);
}

function livePresenter(output: Output): Presenter {
  const { stdout, paint } = output;
  const screen = openScreen(stdout);
  let last: ServiceStatus | null = null;
  const show = (status: ServiceStatus) => {
    last = status;
    const [width, height] = [Math.max(40, stdout.columns - 1), Math.max(10, stdout.rows - 1)];
    screen.draw(serviceView(status, { width, height, now: Date.now(), paint }));
  };
  const again = () => last && show(last);
  stdout.on('resize', again);
  return {
    show,
    close() {
      stdout.off('resize', again);
      screen.close();
    },
  };
}

function plainPresenter(output: Output): Presenter {
  let last: ServiceStatus | null = null;
  return {
    show(status) {
      const now = Date.now();
      for (const text of changes(last, status, now)) output.line(`${timeOfDay(now)}  ${text}`);
      // While the router cannot be asked there is no split to read back: that is no change of it.
      last = { ...status, split: status.split ?? last?.split ?? null };
    },
    close: () => undefined,
  };
}
