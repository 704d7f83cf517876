import type { Release, ReleaseRecord, Rollout, ServiceState } from '../model.ts';

/** A release becomes known; one that is known already keeps its standing. */
export function releaseRecorded(state: ServiceState, release: Release): ServiceState {
  if (state.releases[release.id]) return state;
  const record: ReleaseRecord = { ...release, standing: 'new', promotedAt: null, pointsOfNoReturn: [] };
  return { ...state, releases: { ...state.releases, [release.id]: record } };
}

/** A release's files are gone, and with them its record. */
export function releasePruned(state: ServiceState, release: string): ServiceState {
  const { [release]: _gone, ...releases } = state.releases;
  return { ...state, releases };
}

/** What a rollout's end says about the releases in it. */
export function releasesAfter(
  state: ServiceState,
  rollout: Rollout,
  outcome: string,
  at: number,
): ServiceState['releases'] {
  const releases = { ...state.releases };
  const change = (id: string | undefined, by: Partial<ReleaseRecord>) => {
    const record = id === undefined ? undefined : releases[id];
    if (record) releases[record.id] = { ...record, ...by };
  };
  if (outcome === 'promoted') {
    change(rollout.candidate.release, { standing: 'good', promotedAt: at });
    if (rollout.kind === 'rollback') change(rollout.stable?.release, { standing: 'bad' });
    else change(rollout.candidate.release, { pointsOfNoReturn: rollout.pointsOfNoReturn });
  }
  if (outcome === 'rolled-back') change(rollout.candidate.release, { standing: 'bad' });
  return releases;
}
