/** How far the running step is: one answer that deadlines, progress, `wakeAt` and `status` all read. */
import type { Split, StepState, TakeBack } from '../model.ts';

export type StepReport =
  /**
   * `until`: when it is over one way or the other, Unix ms; `wake`: look again sooner than that; `onPerson`: only a person
   * is likely to end it before.
   */
  | {
      readonly kind: 'waiting';
      readonly text: string;
      readonly until: number;
      readonly wake?: number;
      readonly onPerson?: true;
    }
  /** The split must change before the step can go on. */
  | { readonly kind: 'move'; readonly split: Split; readonly reason: string }
  | { readonly kind: 'done'; readonly note: string }
  | ({ readonly kind: 'failed' } & Cause);

/** Why a candidate is taken back. */
export type Cause = Pick<TakeBack, 'by' | 'outcome' | 'reason'>;

/** A step that has started, with the time at which it did. */
export type Running<Kind extends StepState['kind']> = Extract<StepState, { kind: Kind }> & {
  readonly startedAt: number;
};
