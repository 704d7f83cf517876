import { setTimeout as delay } from 'node:timers/promises';
import type { JobResult } from '../core/model.ts';
import type { JobRunner, JobTarget } from '../core/ports.ts';
import { shorten } from '../system/bounded-text.ts';
import type { Logger } from '../system/log.ts';
import { type Finding, failed, failedBy } from './finding.ts';
import { startLimit } from './limit.ts';
import { openOutputFile } from './output-file.ts';
import { type Work, workOf } from './work.ts';

export interface JobRunnerOptions {
  readonly log: Logger;
  /** Folder for the whole output of commands. */
  readonly outputFolder: string;
}

/** Bytes, in UTF-8. */
const EVIDENCE = 64 * 1024;
const SUMMARY = 300;
/** ms before the first retry; doubles up to the most. */
const FIRST_PAUSE = 250;
const MOST_PAUSE = 5_000;

/**
 * Runs checks and hooks by the spec of the release they belong to. A check is tried again as often as its spec says
 * while the job's deadline allows; the result is the last attempt's.
 */
export function createJobRunner({ log, outputFolder }: JobRunnerOptions): JobRunner {
  return {
    async run(target, signal) {
      const startedAt = Date.now();
      const { job } = target;
      const finding = await persist(target, signal, outputFolder, log).catch(failedBy);
      const result: JobResult = {
        id: job.id,
        attempt: job.attempt,
        outcome: finding.outcome,
        startedAt,
        endedAt: Date.now(),
        summary: shorten(finding.summary.replace(/\s+/g, ' '), SUMMARY),
        evidence: bounded(finding.evidence),
      };
      log.info({ job: job.id, outcome: result.outcome, summary: result.summary }, 'job done');
      return result;
    },
  };
}

async function persist(
  target: JobTarget,
  signal: AbortSignal,
  outputFolder: string,
  log: Logger,
): Promise<Finding> {
  const { job } = target;
  const work = workOf(target);
  for (let tries = 1; ; tries += 1) {
    const within = Math.min(work.within, job.deadline - Date.now());
    if (within <= 0) return failed('There was no time left for it before its deadline');
    const finding = await attempt(work, target, within, signal, outputFolder, log);
    const pause = Math.min(MOST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
    const last = tries > work.retries || Date.now() + pause >= job.deadline || signal.aborted;
    if (finding.outcome === 'passed' || last) return tries === 1 ? finding : withTries(finding, tries);
    log.info({ job: job.id, tries, summary: finding.summary }, 'job is tried again');
    await delay(pause, undefined, { signal }).catch(() => undefined); // aborted: the next attempt says so
  }
}

async function attempt(
  work: Work,
  target: JobTarget,
  within: number,
  signal: AbortSignal,
  outputFolder: string,
  log: Logger,
): Promise<Finding> {
  const limit = startLimit(within, signal);
  try {
    if (limit.signal.aborted) return failed('It was stopped before it began');
    return await work.attempt({
      target,
      limit,
      openOutput: () => openOutputFile(outputFolder, target.job, log),
    });
  } catch (error) {
    return failedBy(error);
  } finally {
    limit.close();
  }
}

const withTries = (finding: Finding, tries: number): Finding => ({
  ...finding,
  summary: `${finding.summary} (attempt ${tries})`,
});

/** By bytes: shortens until the text fits. */
function bounded(text: string): string {
  let limit = EVIDENCE;
  let cut = shorten(text, limit);
  while (Buffer.byteLength(cut) > EVIDENCE) {
    limit = Math.floor(limit * 0.8);
    cut = shorten(text, limit);
  }
  return cut;
}
