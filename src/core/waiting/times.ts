/** The times that nobody configures, all in milliseconds. */

/** A router must have acknowledged a split by then. */
export const ROUTER_DEADLINE = 60_000;
/** On top of `ready.within`: to spawn the processes and to notice that they are ready. */
export const START_UP = 15_000;
/** On top of a job's own deadline, for the report of a killed one to arrive. */
export const JOB_GRACE = 10_000;
/** A candidate without any ready instance for this long is taken back. */
export const UNHEALTHY_FOR = 10_000;
/** A candidate of which an instance has exited so often by itself is taken back. */
export const MOST_EXITS = 3;
/** A pause that nobody ends is over then, and the candidate is taken back. */
export const PAUSE_DEADLINE = 24 * 3_600_000;
/** Leaning safe for this long after a retreat sends all traffic to the candidate again. */
export const RETREAT_FOR = 120_000;
/** Evidence must have caught up by then: a router that does not tell what happens is no ground to go on. */
export const EVIDENCE_DEADLINE = 60_000;
/** A candidate under `pace: evidence` of which nothing was heard for so long is taken back. */
export const UNSEEN_DEADLINE = 5 * 60_000;
/** A bake under `pace: evidence` in which too few clients come is over then. */
export const BAKE_LONGEST = 24 * 3_600_000;
/** Evidence this old is still that of now: a metric's reading may take its time. */
export const EVIDENCE_FRESH = 15_000;
/** A person has so long to say how a rollout goes on that its harm budget stopped for good. */
export const STUCK_DEADLINE = 24 * 3_600_000;
/** A retreat that has led nowhere by then is a rollback. */
export const RETREAT_DEADLINE = 30 * 60_000;
/** So many alarms in one bake are a rollback, whatever the comparison says. */
export const ALARMS = 4;
/** How long a decision by the clock waits for a stable release that is itself down; see `takeBack`. */
export const STABLE_DEADLINE = 5 * 60_000;
/** To stop what ran in an environment before, on top of its drain and stop times. */
export const CLEARING = 60_000;
/** The longest that nothing is looked at. */
export const TICK = 60_000;
/** How soon to look again while a router's acknowledgement is all that is missing. */
export const ACKNOWLEDGEMENT_POLL = 250;
/** How soon to look again while an environment is being emptied for the candidate. */
export const CLEARING_POLL = 1_000;
