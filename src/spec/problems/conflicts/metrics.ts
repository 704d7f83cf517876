import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** Names of metrics that are taken already. */
export const metricsRules: readonly Rule[] = [
  { keys: ['metrics'], find: metricNames },
  { keys: ['metrics', 'judge'], find: metricNamedLatency },
];

function metricNames(spec: ServiceSpec): Conflict[] {
  const names = spec.metrics.map((metric) => metric.name);
  return names.flatMap((name, i) => {
    if (name === 'errors') {
      return [
        conflict(
          ['metrics', i, name],
          '`errors` is what Teal itself measures',
          'Give the metric another name.',
          'key',
        ),
      ];
    }
    return names.indexOf(name) < i
      ? [
          conflict(
            ['metrics', i, name],
            `another metric is called "${name}" already`,
            'Give each metric its own name.',
            'key',
          ),
        ]
      : [];
  });
}

function metricNamedLatency(spec: ServiceSpec): Conflict[] {
  return spec.metrics.flatMap(({ name }, i) =>
    name === 'latency'
      ? [
          conflict(
            ['metrics', i, name],
            '`latency` is what Teal itself measures',
            'Give the metric another name.',
            'key',
          ),
        ]
      : [],
  );
}
