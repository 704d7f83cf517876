import { TealError } from '../core/error.ts';
import type { Event } from '../core/events.ts';
import type { ServiceState } from '../core/model.ts';
import type { Command } from '../core/world.ts';

/** How a command was taken. A refusal is a {@link TealError} instead. */
export interface CommandTaken {
  /** The rollout that it is about; null: nothing to do, or it waits for the running one to be taken back. */
  readonly rollout: string | null;
  readonly note: string;
}

/** Commands of people that the state has not handled, and those who wait for an answer. */
export interface CommandDesk {
  /** Resolves when `decide` has accepted it; rejects with its refusal. */
  submit(command: Command): Promise<CommandTaken>;
  pending(): readonly Command[];
  /** Answers those that `events` accept or refuse. `state` is after them; `remark` is added to the note. */
  settle(events: readonly Event[], state: ServiceState, remark?: string): void;
  /** Refuses with `error` what waits and is not a move towards stable, which stays and is carried out. */
  giveUp(error: TealError): void;
  /** Refuses everything. */
  close(error: TealError): void;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (taken: CommandTaken) => void;
  readonly reject: (error: TealError) => void;
}

export function commandDesk(): CommandDesk {
  const waiting = new Map<string, Waiting>();

  function answer(event: Event, state: ServiceState, remark: string): void {
    if (event.type !== 'command-accepted' && event.type !== 'command-refused') return;
    const one = waiting.get(event.command);
    if (!one) return;
    waiting.delete(event.command);
    if (event.type === 'command-accepted') {
      one.resolve({ rollout: rolloutOf(one.command, state), note: `${event.note}${remark}` });
    } else {
      const { code, reason, fix } = event;
      one.reject(new TealError(code, reason, { fix, exitCode: 2 }));
    }
  }

  function refuse(which: (command: Command) => boolean, error: TealError): void {
    for (const [id, one] of waiting) {
      if (!which(one.command)) continue;
      waiting.delete(id);
      one.reject(error);
    }
  }

  return {
    submit: (command) =>
      new Promise((resolve, reject) => waiting.set(command.id, { command, resolve, reject })),
    pending: () => [...waiting.values()].map(({ command }) => command),
    settle(events, state, remark = '') {
      for (const event of events) answer(event, state, remark);
    },
    giveUp: (error) => refuse(({ verb }) => verb !== 'rollback' && verb !== 'abort', error),
    close: (error) => refuse(() => true, error),
  };
}

/** A deploy is about its own release's rollout alone; everything else about the one that runs. */
function rolloutOf({ verb, release }: Command, { rollout }: ServiceState): string | null {
  if (rollout === null) return null;
  return verb === 'deploy' && rollout.candidate.release !== release ? null : rollout.id;
}
