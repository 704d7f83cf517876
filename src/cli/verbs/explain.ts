import { compilePlan } from '../../core/plan.ts';
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import { loadSpecFile } from '../../spec/index.ts';
import { type Invocation, textOf, type Verb } from '../commands/command.ts';
import { usageError } from '../commands/parse.ts';
import { explainPlan } from '../explain/describe.ts';
import { type ExplainedAtTraffic, expectedInWords, expectedOf } from '../explain/expected.ts';
import { SOME_LATENCY, trafficOf } from '../simulate/options.ts';
import { recentTraffic } from '../simulate/recent.ts';
import type { Output } from '../terminal/output.ts';
import { wrap } from '../terminal/wrap.ts';
import { duration } from '../view/format.ts';

/** For all simulations together, ms. */
const TIME = 3_000;

export const run: Verb['run'] = async (invocation) => {
  const { positionals, options, output } = invocation;
  const { services } = await loadSpecFile(positionals[0] ?? '.');
  const only = textOf(options, 'service');
  const chosen = services.filter(({ service }) => only === undefined || service === only);
  if (chosen.length === 0) {
    throw usageError(
      `The file has no service “${only}”`,
      `It has: ${services.map(({ service }) => service).join(', ')}`,
    );
  }
  const explained: ExplainedAtTraffic[] = [];
  for (const spec of chosen) {
    const plan = explainPlan(spec, compilePlan(spec, { first: false, kind: 'deploy', warm: false }));
    const traffic = await trafficMeant(spec, invocation);
    explained.push({ ...plan, expected: traffic && expectedOf(spec, plan, traffic, TIME / chosen.length) });
  }
  if (options.json) output.json(only === undefined && services.length > 1 ? explained : explained[0]);
  else for (const one of explained) show(one, output);
  return 0;
};

/** What was asked for, else what the daemon sees; null: nothing is known. */
async function trafficMeant(spec: ServiceSpec, { options, home }: Invocation) {
  if (spec.listen === null) return null;
  const latency = spec.judge.latency ? SOME_LATENCY : null;
  if (options.rate !== undefined) {
    return { traffic: trafficOf(options, 0, latency), source: 'option' } as const;
  }
  const recent = await recentTraffic(home, spec.service);
  if (recent === null) return null;
  const traffic = trafficOf(options, recent.rate, latency && (recent.latency ?? latency));
  return { traffic, source: 'daemon' } as const;
}

function show(explained: ExplainedAtTraffic, output: Output): void {
  const { service, strategy, steps, out, promoted, always, expected } = explained;
  const { paint } = output;
  output.line(`${paint('bold', service)}  ${strategy}`);
  output.line();
  steps.forEach(({ kind, does, least, most, ends }, index) => {
    const took = expected?.steps[index] ?? 0;
    const isLonger = took >= least + 1000;
    const time = timeOf(least, most) + (isLonger ? `, healthy ${duration(took)}` : '');
    const [first = '', ...more] = wrap(does, 50).split('\n');
    output.line(
      `  ${String(index + 1).padStart(2)}  ${paint('bold', kind.padEnd(8))} ${first.padEnd(50)} ${time}`,
    );
    for (const line of more) output.line(`               ${line}`);
    output.line(paint('dim', `               ${ends}`));
  });
  output.line();
  output.line(`  All traffic after ${range(out)}; promoted after ${range(promoted)}.`);
  output.line();
  if (expected) {
    for (const line of expectedInWords(expected, output.paint)) output.line(line);
    output.line();
  }
  for (const text of always) output.line(wrap(text, 76).replaceAll(/^/gm, '  '));
  output.line();
}

const timeOf = (least: number, most: number) =>
  least === most
    ? duration(least)
    : least === 0
      ? `up to ${duration(most)}`
      : `${duration(least)} to ${duration(most)}`;

const range = ({ least, most }: { readonly least: number; readonly most: number }) =>
  least === most
    ? duration(least)
    : `${least === 0 ? 'seconds' : `${duration(least)} and start-up`}, ${duration(most)} at most`;
