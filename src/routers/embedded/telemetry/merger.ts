import type { Colour } from '../../../core/model.ts';
import { type Arm, type ArmId, createArm } from './arm.ts';
import { cutBlocks, type NewBlock } from './blocks.ts';
import {
  createClientsReader,
  createClientsWriter,
  createRolloutRegister,
  type RolloutClients,
} from './clients/rollout-clients.ts';
import { createFirstReplay, type FirstReplay } from './firsts/first-notes.ts';
import type { FirstRequest } from './firsts/first-requests.ts';
import type { MergerState } from './merger-state.ts';
import type { ArmNotes } from './noted-arm.ts';
import { rolloutOf } from './recorder.ts';
import type { Report } from './reporter.ts';

/** Brings the reports of several workers together as if one process had served every request. */
export interface Merger {
  /** `worker`: any name that no other worker has. */
  take(worker: string, report: Report): void;
  /** It will report nothing more. */
  leave(worker: string): void;
  inFlight(service: string, environment: Colour): number;
  blocks(at: number, length: number): readonly NewBlock[];
  /** Forgets a service once no worker counts for it any more. */
  forget(service: string): void;
  /** For another process; to be called right after `blocks`, before anything else has been taken. */
  state(): MergerState;
}

interface Merged {
  readonly arm: Arm;
  readonly clients: RolloutClients;
  /** Workers that may still report of it. */
  readonly holders: Set<string>;
  /** Blocks cut since nobody holds it. */
  unheld: number;
}

/** An arm as one worker sees it. */
interface Share {
  readonly merged: Merged;
  readonly firsts: FirstReplay;
}

interface Source {
  /** By the worker's own number. */
  readonly arms: Map<number, Share>;
  inFlight: Report['inFlight'];
}

/**
 * An arm is kept so many blocks longer than any worker holds it: by then each has reported what it counted before the epoch
 * ended, and a client who was with another worker before is not counted twice.
 */
const KEEP = 3;

/** `from`: where the merger of another process stopped. */
export function createMerger(from?: MergerState): Merger {
  const arms = new Map<string, Merged>();
  const sources = new Map<string, Source>();
  const readClients = createClientsReader();
  const rollouts = createRolloutRegister(
    from?.rollouts.map(([key, rollout, clients]) => [key, rollout, readClients(clients)]),
  );
  const gone = new Set(from?.gone);

  const restore = ({ arms: states, sources: workers }: MergerState) => {
    const restored = states.map(({ id, counts, clients: state, unheld }) => {
      const clients = readClients(state);
      const merged = { arm: createArm(id, clients, counts), clients, holders: new Set<string>(), unheld };
      arms.set(keyOf(id), merged);
      return merged;
    });
    for (const { worker, shares, inFlight } of workers) {
      const source = sourceOf(worker);
      source.inFlight = inFlight;
      for (const { number, arm, firsts } of shares) {
        const merged = restored[arm]!;
        const open = firsts.map(([own, index]) => [own, merged.arm.restored[index]!] as const);
        source.arms.set(number, shareOf(worker, merged, open));
      }
    }
  };

  const shareOf = (
    worker: string,
    merged: Merged,
    open: readonly (readonly [number, FirstRequest])[] = [],
  ) => {
    const { arm, holders } = merged;
    const begin = (place: number, weight: number, at: number) => arm.first(place, weight, at);
    holders.add(worker);
    return { merged, firsts: createFirstReplay(begin, arm.firsts, open) };
  };

  const mergedOf = (id: ArmId): Merged => {
    const key = keyOf(id);
    let merged = arms.get(key);
    if (merged === undefined) {
      const clients = rollouts.of(id.service, id.environment, rolloutOf(id.epoch));
      merged = { arm: createArm(id, clients), clients, holders: new Set(), unheld: 0 };
      arms.set(key, merged);
    }
    gone.delete(id.service);
    return merged;
  };

  const sourceOf = (worker: string): Source => {
    const source = sources.get(worker) ?? { arms: new Map(), inFlight: [] };
    sources.set(worker, source);
    return source;
  };

  const letGo = (worker: string, { merged, firsts }: Share) => {
    firsts.close();
    merged.holders.delete(worker);
    merged.unheld = 0;
  };

  const inFlight = (service: string, environment: Colour): number => {
    let sum = 0;
    for (const source of sources.values()) {
      for (const [name, colour, count] of source.inFlight) {
        if (name === service && colour === environment) sum += count;
      }
    }
    return sum;
  };

  if (from !== undefined) restore(from);
  return {
    take(worker, report) {
      const source = sourceOf(worker);
      for (const [number, id] of report.opened) {
        source.arms.set(number, shareOf(worker, mergedOf(id)));
      }
      for (const [number, notes] of report.notes) replay(notes, source.arms.get(number)!);
      for (const number of report.closed) {
        letGo(worker, source.arms.get(number)!);
        source.arms.delete(number);
      }
      source.inFlight = report.inFlight;
    },
    leave(worker) {
      for (const share of sources.get(worker)?.arms.values() ?? []) letGo(worker, share);
      sources.delete(worker);
    },
    inFlight,
    blocks(at, length) {
      const blocks = cutBlocks(
        [...arms.values()].map(({ arm }) => arm),
        at,
        length,
        inFlight,
      );
      for (const [key, merged] of arms) {
        if (merged.holders.size > 0) continue;
        merged.unheld += 1;
        if (merged.unheld > KEEP) arms.delete(key);
      }
      for (const service of gone) {
        if ([...arms.values()].some(({ arm }) => arm.service === service)) continue;
        rollouts.forget(service);
        gone.delete(service);
      }
      return blocks;
    },
    forget: (service) => void gone.add(service),
    state() {
      const write = createClientsWriter();
      const all = [...arms.values()];
      return {
        arms: all.map(({ arm, clients, unheld }) => ({
          id: idOf(arm),
          counts: arm.state(),
          clients: write(clients),
          unheld,
        })),
        sources: [...sources].map(([worker, source]) => ({
          worker,
          inFlight: source.inFlight,
          shares: [...source.arms].map(([number, { merged, firsts }]) => ({
            number,
            arm: all.indexOf(merged),
            firsts: firsts.state().map(([own, request]) => [own, merged.arm.indexOf(request)] as const),
          })),
        })),
        rollouts: rollouts.state().map(([key, rollout, clients]) => [key, rollout, write(clients)] as const),
        gone: [...gone],
      };
    },
  };
}

const keyOf = ({ service, environment, release, epoch }: ArmId): string =>
  `${service}\n${environment}\n${release}\n${epoch}`;

const idOf = ({ service, environment, release, epoch }: ArmId): ArmId => ({
  service,
  environment,
  release,
  epoch,
});

/** As if it had happened in this process. */
function replay(notes: ArmNotes, { merged: { arm }, firsts }: Share): void {
  for (const place of notes.seen) arm.seen(place);
  for (const place of notes.hurt) arm.hurt(place);
  for (const [place, weight] of notes.arrived) arm.arrived(place, weight);
  if (notes.sums !== null) arm.add(notes.sums);
  if (notes.firsts !== null) firsts.take(notes.firsts);
}
