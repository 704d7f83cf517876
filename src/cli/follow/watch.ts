import type { ServiceStatus } from '../../api/schema.ts';
import { connect, paths, serviceMeant } from '../api.ts';
import type { Invocation } from '../commands/command.ts';
import type { Output } from '../terminal/output.ts';
import { changes } from '../view/changes.ts';
import { timeOfDay } from '../view/format.ts';
import { openScreen } from '../view/screen.ts';
import { serviceView } from '../view/service.ts';
import { onInterrupt } from './interrupt.ts';
import { statuses } from './statuses.ts';

interface Board {
  show(services: readonly ServiceStatus[]): void;
  close(): void;
}

/** `teal status --watch`: until Ctrl-C, which is how it is meant to end. */
export async function watchServices({ positionals, options, output, home }: Invocation): Promise<0> {
  const api = connect(home);
  const name = positionals[0];
  if (name !== undefined) await serviceMeant(api, name);
  const interrupt = onInterrupt();
  const board = options.json ? jsonBoard(output) : output.live ? liveBoard(output) : plainBoard(output);
  try {
    const sequence = statuses<ServiceStatus[]>(api, paths.services, {
      signal: interrupt.signal,
      every: output.live ? 500 : 1000,
      ...(name === undefined ? {} : { service: name }),
    });
    for await (const all of sequence) {
      board.show(name === undefined ? all : all.filter(({ service }) => service === name));
    }
    return 0;
  } finally {
    board.close();
    interrupt.release();
  }
}

function jsonBoard(output: Output): Board {
  return { show: (services) => output.json(services, true), close: () => undefined };
}

function liveBoard({ stdout, paint }: Output): Board {
  const screen = openScreen(stdout);
  let last: readonly ServiceStatus[] = [];
  const show = (services: readonly ServiceStatus[]) => {
    last = services;
    const size = { width: Math.max(40, stdout.columns - 1), now: Date.now(), paint };
    const height = services.length === 1 ? { height: Math.max(10, stdout.rows - 1) } : {};
    const lines = services.flatMap((status, index) => [
      ...(index > 0 ? [''] : []),
      ...serviceView(status, { ...size, ...height }),
    ]);
    screen.draw(lines.length > 0 ? lines : ['No service yet. Deploy one: teal deploy']);
  };
  const again = () => show(last);
  stdout.on('resize', again);
  return {
    show,
    close() {
      stdout.off('resize', again);
      screen.close();
    },
  };
}

function plainBoard(output: Output): Board {
  const before = new Map<string, ServiceStatus>();
  return {
    show(services) {
      const now = Date.now();
      for (const status of services) {
        const prefix = `${timeOfDay(now)}  ${status.service}: `;
        const lines = changes(before.get(status.service) ?? null, status, now);
        for (const text of lines) output.line(prefix + text);
        before.set(status.service, status);
      }
    },
    close: () => undefined,
  };
}
