import type { Event } from '../events.ts';
import { wantedJobs } from '../jobs.ts';
import type { Job, JobResult } from '../model.ts';
import { event, type Turn } from '../turn.ts';
import { JOB_GRACE } from '../waiting/times.ts';

/** Takes in results of the jobs that are wanted, and gives up on those whose runner has been silent for too long. */
export function jobs(turn: Turn): readonly Event[] {
  return wantedJobs(turn.state).flatMap((job) => {
    const result = turn.world.jobs.find(({ id, attempt }) => id === job.id && attempt === job.attempt);
    if (result) return [event(turn, { type: 'job-finished', result })];
    const lost = turn.now >= job.deadline + JOB_GRACE;
    return lost ? [event(turn, { type: 'job-finished', result: silent(job, turn.now) })] : [];
  });
}

function silent({ id, attempt, deadline }: Job, now: number): JobResult {
  const summary = 'no result by its deadline';
  return { id, attempt, outcome: 'failed', startedAt: deadline, endedAt: now, summary, evidence: '' };
}
