/** What cannot be together, though each key is fine by itself. */
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import type { FileService } from '../schema/service.ts';
import { checksRules } from './conflicts/checks.ts';
import { listenRules } from './conflicts/listen.ts';
import { metricsRules } from './conflicts/metrics.ts';
import type { Rule } from './conflicts/rule.ts';
import { strategyRules } from './conflicts/strategy.ts';
import { timeRules } from './conflicts/time.ts';
import { workerRules } from './conflicts/worker.ts';
import type { Finding } from './problem.ts';

/** Conflicts within one service; `broken` keys have errors of their own and were left out of `written`. */
export function conflictsIn(spec: ServiceSpec, written: FileService, broken: ReadonlySet<string>): Finding[] {
  return RULES.filter((rule) => !rule.keys.some((key) => broken.has(key)))
    .flatMap((rule) => rule.find(spec, written))
    .map((conflict) => ({ code: 'E_SPEC_CONFLICT', ...conflict }));
}

const RULES: readonly Rule[] = [
  ...listenRules,
  ...workerRules,
  ...strategyRules,
  ...timeRules,
  ...checksRules,
  ...metricsRules,
];
