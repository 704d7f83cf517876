import type { Colour } from '../../../core/model.ts';
import type { ArmId } from './arm.ts';
import type { ArmNotes, NotedArm } from './noted-arm.ts';
import type { Recorder } from './recorder.ts';

/** What a worker tells of the time since its last report. Arms have numbers of the worker's own. */
export interface Report {
  /** Arms that it mentions for the first time. */
  readonly opened: readonly (readonly [number, ArmId])[];
  readonly notes: readonly (readonly [number, ArmNotes])[];
  /** Arms that it will never mention again. */
  readonly closed: readonly number[];
  /** Requests in flight now, where there are any. */
  readonly inFlight: readonly (readonly [string, Colour, number])[];
}

/** Turns what a worker has noted into reports. */
export function createReporter(recorder: Recorder<NotedArm>): (inFlight: Report['inFlight']) => Report {
  const numbers = new Map<NotedArm, number>();
  let next = 1;
  return (inFlight) => {
    const { all, last } = recorder.arms();
    const opened: [number, ArmId][] = [];
    const notes: [number, ArmNotes][] = [];
    for (const arm of all) {
      let number = numbers.get(arm);
      if (number === undefined) {
        number = next++;
        numbers.set(arm, number);
        const { service, environment, release, epoch } = arm;
        opened.push([number, { service, environment, release, epoch }]);
      }
      const news = arm.drain();
      if (news !== null) notes.push([number, news]);
    }
    const closed = last.map((arm) => numbers.get(arm)!);
    for (const arm of last) numbers.delete(arm);
    return { opened, notes, closed, inFlight };
  };
}
