import { COLOURS } from '../core/model.ts';
import type { MetricFamily } from '../core/traffic/metric-family.ts';
import type { ServiceStatus } from './schema.ts';

const PHASES = ['idle', 'rolling', 'waiting', 'paused', 'rolling-back', 'failed'] as const;

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** The daemon's own metrics in Prometheus' text format 0.0.4, and behind them the router's; null: it cannot be reached. */
export function prometheusText(
  services: readonly ServiceStatus[],
  journalBytes: number,
  router: readonly MetricFamily[] | null,
): string {
  const each = <T>(of: (service: ServiceStatus) => readonly T[]) => services.flatMap(of);
  const gauges: readonly Gauge[] = [
    {
      name: 'teal_service_phase',
      help: '1 for the phase that a service is in.',
      samples: each(({ service, phase }) =>
        PHASES.map((one) => [{ service, phase: one }, one === phase ? 1 : 0] as const),
      ),
    },
    {
      name: 'teal_split_ratio',
      help: 'Share of traffic of an environment, read back from the router.',
      samples: each(({ service, split }) =>
        split === null
          ? []
          : COLOURS.map((environment) => [{ service, environment }, split[environment] / 10_000] as const),
      ),
    },
    {
      name: 'teal_instances_ready',
      help: 'Ready instances of an environment.',
      samples: each(({ service, environments }) =>
        COLOURS.map((environment) => {
          const ready = environments[environment].instances.filter(({ state }) => state === 'ready');
          return [{ service, environment }, ready.length] as const;
        }),
      ),
    },
    {
      name: 'teal_verdict_e_value',
      help: 'E value of harm and of safe, by metric of the running rollout.',
      samples: each(({ service, rollout }) =>
        (rollout?.verdicts ?? []).flatMap(({ metric, e }) => [
          [{ service, metric, verdict: 'harm' }, e.harm] as const,
          [{ service, metric, verdict: 'safe' }, e.safe] as const,
        ]),
      ),
    },
    {
      name: 'teal_rollout_hurt_clients',
      help: 'Clients hurt by the candidate of the running rollout.',
      samples: each(({ service, rollout }) =>
        rollout === null ? [] : [[{ service, rollout: rollout.id }, rollout.hurt] as const],
      ),
    },
    {
      name: 'teal_problems',
      help: 'Things that a person should look at.',
      samples: each(({ service, problems }) => [[{ service }, problems.length] as const]),
    },
    {
      name: 'teal_router_up',
      help: '1 while the router can be reached.',
      samples: [[{}, router === null ? 0 : 1]],
    },
    { name: 'teal_journal_bytes', help: 'Size of the journal.', samples: [[{}, journalBytes]] },
  ];
  return [...gauges.map(familyOf), ...(router ?? [])].map(familyText).join('');
}

const familyOf = ({ name, help, samples }: Gauge): MetricFamily => ({
  name,
  help,
  type: 'gauge',
  samples: samples.map(([labels, value]) => ({ labels, value })),
});

function familyText({ name, help, type, samples }: MetricFamily): string {
  const lines = samples.map(
    ({ labels, value, suffix = '' }) => `${name}${suffix}${labelText(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapeLabel = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
