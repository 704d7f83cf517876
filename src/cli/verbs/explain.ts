import { compilePlan } from '../../core/plan.ts';
import type { ServiceSpec } from '../../core/service-spec.ts';
import { loadSpecFile } from '../../spec/index.ts';
import { textOf, type Verb } from '../command.ts';
import { type Explained, explainPlan } from '../explain/describe.ts';
import type { Output } from '../output.ts';
import { usageError } from '../parse.ts';
import { duration } from '../view/format.ts';
import { wrap } from '../wrap.ts';

export const run: Verb['run'] = async ({ positionals, options, output }) => {
  const { services } = await loadSpecFile(positionals[0] ?? '.');
  const only = textOf(options, 'service');
  const chosen = services.filter(({ service }) => only === undefined || service === only);
  if (chosen.length === 0) {
    throw usageError(
      `The file has no service “${only}”`,
      `It has: ${services.map(({ service }) => service).join(', ')}`,
    );
  }
  const explained = chosen.map(explain);
  if (options.json) output.json(only === undefined && services.length > 1 ? explained : explained[0]);
  else for (const one of explained) show(one, output);
  return 0;
};

const explain = (spec: ServiceSpec): Explained =>
  explainPlan(spec, compilePlan(spec, { first: false, kind: 'deploy', warm: false }));

function show({ service, strategy, steps, out, promoted, always }: Explained, output: Output): void {
  const { paint } = output;
  output.line(`${paint('bold', service)}  ${strategy}`);
  output.line();
  steps.forEach(({ kind, does, least, most, ends }, index) => {
    const time = least === most ? duration(least) : `up to ${duration(most)}`;
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
  for (const text of always) output.line(wrap(text, 76).replaceAll(/^/gm, '  '));
  output.line();
}

const range = ({ least, most }: { readonly least: number; readonly most: number }) =>
  least === most
    ? duration(least)
    : `${least === 0 ? 'seconds' : `${duration(least)} and start-up`}, ${duration(most)} at most`;
