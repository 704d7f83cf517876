/** From what is wanted and what runs to what the router is told. Pure but for the digest. */
import { createHash } from 'node:crypto';
import type { Colour, Release, Split } from '../../core/model.ts';
import type {
  Desired,
  DesiredEnvironment,
  Endpoint,
  HealthProbe,
  ObservedEnvironment,
  ObservedInstance,
  Routing,
  World,
} from '../../core/world.ts';

export interface RoutingParts {
  readonly service: string;
  readonly desired: Desired;
  readonly environments: World['environments'];
  readonly releases: Readonly<Record<string, Release>>;
  readonly previewSecret: string;
}

/** Null for a service that takes no HTTP traffic. The same parts give the same revision, in every daemon. */
export function buildRouting(parts: RoutingParts): Routing | null {
  const { desired, service, previewSecret } = parts;
  if (desired.routing === null) return null;
  const content = {
    ...desired.routing,
    service,
    previewSecret,
    releases: each((colour) => desired.environments[colour]?.release ?? null),
    endpoints: each((colour) =>
      endpoints(desired.environments[colour], parts.environments[colour], parts.releases),
    ),
    health: each((colour) => probe(desired.environments[colour], parts.releases)),
    ...protocols(parts),
  };
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return { ...content, revision };
}

/** Whether `colour` gets a larger share by `next` than it has by what the router obeys now. */
export function movesTo(
  colour: Colour,
  current: { readonly split: Split | null } | null,
  next: Routing,
): boolean {
  return current?.split != null && next.split[colour] > current.split[colour];
}

const each = <T>(of: (colour: Colour) => T): Record<Colour, T> => ({ blue: of('blue'), green: of('green') });

/** Only of the wanted release: what is left of an earlier one in the same environment gets nothing. */
function endpoints(
  wanted: DesiredEnvironment | null,
  observed: ObservedEnvironment,
  releases: RoutingParts['releases'],
): readonly Endpoint[] {
  if (wanted === null || observed.release !== wanted.release) return [];
  // Nobody but the platform can ask a command, so the router gets only what the platform finds ready.
  const byPlatform = releases[wanted.release]?.spec.ready.kind === 'command';
  const serves: readonly ObservedInstance['state'][] = byPlatform
    ? ['ready']
    : ['starting', 'ready', 'unready'];
  return observed.instances
    .filter(({ state }) => serves.includes(state))
    .flatMap(({ endpoint }) => (endpoint === null ? [] : [endpoint]))
    .sort((a, b) => a.port - b.port || a.host.localeCompare(b.host));
}

/** Only where one is not what goes without saying. */
function protocols({ desired, releases }: RoutingParts): Pick<Routing, 'protocols'> {
  const spoken = each((colour) => {
    const wanted = desired.environments[colour];
    return (wanted && releases[wanted.release]?.spec.http?.protocol) ?? 'http/1.1';
  });
  return spoken.blue === 'h2c' || spoken.green === 'h2c' ? { protocols: spoken } : {};
}

function probe(wanted: DesiredEnvironment | null, releases: RoutingParts['releases']): HealthProbe | null {
  const ready = wanted === null ? undefined : releases[wanted.release]?.spec.ready;
  if (ready === undefined) return null;
  const { every, timeout, within: _within, ...kind } = ready;
  return { probe: kind, every, timeout };
}
