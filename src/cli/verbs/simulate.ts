import { TealError } from '../../core/error.ts';
import type { ServiceSpec } from '../../core/service/service-spec.ts';
import { study, type Traffic } from '../../simulate/index.ts';
import { loadSpecFile, parseSpec } from '../../spec/index.ts';
import { type Invocation, type ParsedOptions, textOf, type Verb } from '../commands/command.ts';
import { usageError, wholeNumber } from '../commands/parse.ts';
import { candidatesOf, countOf, SOME_LATENCY, trafficOf } from '../simulate/options.ts';
import { withProgress } from '../simulate/progress.ts';
import { recentTraffic } from '../simulate/recent.ts';
import { rulesOf } from '../simulate/rules.ts';
import { falseRollbacks, findingsPlots, findingsTable } from '../simulate/show.ts';
import { count, perSecond, plural, rate } from '../view/format.ts';

/** Clients a second where neither an option nor the daemon says. */
const SOME = 10;
const RUNS = 50;

export const run: Verb['run'] = async (invocation) => {
  const { options, output, home } = invocation;
  const candidates = candidatesOf(options);
  const rules = rulesOf(options);
  const runs = countOf(options, 'runs') ?? RUNS;
  const seed = wholeNumber('--seed', textOf(options, 'seed') ?? '1');
  const spec = await specMeant(invocation);
  const recent = options.rate === undefined ? await recentTraffic(home, spec.service) : null;
  const latency = spec.judge.latency ? (recent?.latency ?? SOME_LATENCY) : null;
  const traffic = trafficOf(options, recent?.rate ?? SOME, latency);
  const findings = withProgress(study({ spec, traffic, candidates, rules, runs, seed }), output);
  if (options.json) {
    const settings = Object.fromEntries(rules.map((rule) => [rule.name, rule.settings]));
    output.json({ service: spec.service, traffic, runs, seed, rules: settings, findings });
    return 0;
  }
  const { paint } = output;
  const width = Math.min(110, Math.max(60, output.stdout.columns ?? 100));
  const source = recent === null ? '' : ', as the daemon sees it now';
  output.line(
    `${paint('bold', spec.service)}  ${perSecond(traffic.clientsPerSecond)} clients a second${source}, ${rate(traffic.baseRate)} of the stable’s requests fail${times(traffic)}; ${plural(runs, 'rollout')} each, seed ${count(seed)}`,
  );
  output.line();
  for (const line of findingsTable(findings, paint)) output.line(line);
  output.line(paint('dim', '  Times: median (95th percentile). Clients hurt: mean (95th percentile).'));
  for (const line of findingsPlots(findings, width, paint)) output.line(line);
  output.line();
  const isCompared = spec.strategy.kind === 'canary';
  output.line(falseRollbacks(findings, isCompared ? spec.judge.alphaHarm : null));
  for (const { name, settings } of rules) output.line(paint('dim', `${name}: ${settings}`));
  return 0;
};

/** How long requests take, as a clause. */
const times = ({ latency }: Traffic) =>
  latency === undefined ? '' : `, half take ${Number(latency.median.toPrecision(3))} ms or less`;

/** The service of the file, or one with all defaults where no file was named and none is here. */
async function specMeant({ positionals, options }: Invocation): Promise<ServiceSpec> {
  const services = await servicesOf(positionals[0]);
  const spec = chosen(services, options);
  if (spec.listen !== null) return spec;
  throw new TealError('E_NO_TRAFFIC', `${spec.service} takes no HTTP traffic`, {
    why: 'Clients are what a simulation counts, and a worker has none',
    fix: 'Simulate a service that listens.',
    exitCode: 2,
  });
}

async function servicesOf(named: string | undefined): Promise<readonly ServiceSpec[]> {
  try {
    return (await loadSpecFile(named ?? '.')).services;
  } catch (error) {
    const isMissing = error instanceof TealError && error.code === 'E_SPEC_NOT_FOUND';
    if (!isMissing || named !== undefined) throw error;
    return parseSpec('service: example\nrun: node server.js\nlisten: 8080\n', '/teal.yaml');
  }
}

function chosen(services: readonly ServiceSpec[], options: ParsedOptions): ServiceSpec {
  const only = textOf(options, 'service');
  const [spec, ...others] = services.filter(({ service }) => only === undefined || service === only);
  if (spec && others.length === 0) return spec;
  const names = services.map(({ service }) => service).join(', ');
  throw usageError(
    spec ? 'Which service?' : `The file has no service “${only}”`,
    `Name one of ${names} with --service`,
  );
}
