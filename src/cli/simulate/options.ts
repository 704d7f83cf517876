/** What `teal simulate` and `teal explain` are asked, understood. Everything throws E_USAGE. */
import type { LatencyModel, Regression, Traffic } from '../../simulate/index.ts';
import { HEALTHY } from '../../simulate/index.ts';
import { parseDuration, parseRate, parseShare } from '../../spec/index.ts';
import { type ParsedOptions, textOf } from '../commands/command.ts';
import { usageError, wholeNumber } from '../commands/parse.ts';

/** Share of requests that fail where nothing is said. */
export const BASE_RATE = 0.001;

/** What is taken for a service whose times nobody knows: 80 ms, and one request in 20 takes 300. */
export const SOME_LATENCY: LatencyModel = { median: 80, spread: 0.8 };

/**
 * Traffic as the options say; `clientsPerSecond` where `--rate` is not given, and `latency` where `--latency` is not (null: nothing
 * is known of it, and it is not judged).
 */
export function trafficOf(
  options: ParsedOptions,
  clientsPerSecond: number,
  latency: LatencyModel | null = null,
): Traffic {
  const requestsPerClient = countOf(options, 'requests') ?? 1;
  const rate = textOf(options, 'rate');
  return {
    clientsPerSecond: rate === undefined ? clientsPerSecond : rateOf(rate, requestsPerClient),
    requestsPerClient,
    baseRate: shareOf(options, 'base-rate') ?? BASE_RATE,
    audience: countOf(options, 'audience') ?? null,
    ...latencyOf(options, latency),
  };
}

/** `50`, `50/s`, `300/m`: clients; `500rps`: requests. */
function rateOf(text: string, requestsPerClient: number): number {
  const [, requests] = /^(\d+(?:\.\d+)?)rps$/.exec(text) ?? [];
  const rate =
    requests === undefined
      ? parseRate(/^[\d.]+$/.test(text) ? `${text}/s` : text)
      : Number(requests) / requestsPerClient;
  if (rate !== null && rate > 0 && rate <= 1e6) return rate;
  throw usageError(
    `--rate cannot be “${text}”`,
    'It is clients a second, e.g. 20, 20/s or 300/m, or requests a second, e.g. 500rps; at most a million.',
  );
}

/** `80ms`, which half of the requests stay below, `80ms/300ms`, the second for 19 of 20, or `off`. */
function latencyOf(options: ParsedOptions, usual: LatencyModel | null): Pick<Traffic, 'latency'> {
  const text = textOf(options, 'latency');
  if (text === 'off' || (text === undefined && usual === null)) return {};
  if (text === undefined) return { latency: usual! };
  const [median = null, p95 = null, ...more] = text.split('/').map(parseDuration);
  if (median === null || median <= 0 || more.length > 0 || (p95 === null && text.includes('/'))) {
    throw badLatency(text);
  }
  if (p95 === null) return { latency: { ...SOME_LATENCY, median } };
  const latency = lognormal(median, p95);
  if (latency === null) throw badLatency(text);
  return { latency };
}

const badLatency = (text: string) =>
  usageError(
    `--latency cannot be “${text}”`,
    'It is what half of the requests stay below, e.g. 80ms, also with what 19 of 20 do, e.g. 80ms/300ms; or off.',
  );

/** 95 % of a normal distribution lie below so many standard deviations. */
const Z95 = 1.645;

/** The lognormal distribution with this median and 95th percentile (ms); null: there is none. */
export const lognormal = (median: number, p95: number): LatencyModel | null =>
  median > 0 && p95 > median ? { median, spread: Math.log(p95 / median) / Z95 } : null;

/** The healthy one, which shows false rollbacks, and those of `--regression`. */
export function candidatesOf(options: ParsedOptions): readonly Regression[] {
  const names = (textOf(options, 'regression') ?? '1%,5%,50%').split(',').map((name) => name.trim());
  return [HEALTHY, ...names.filter((name) => name !== HEALTHY.name).map(regressionOf)];
}

/** `5%`, `5x`, `1.5x slower`, `crash`, each also `after 3m`. */
function regressionOf(name: string): Regression {
  const [what = '', when, ...more] = name.split(/\s+after\s+/);
  const after = when === undefined ? 0 : parseDuration(when);
  const share = parseShare(what);
  const [, ratio] = /^(\d+(?:\.\d+)?)x$/.exec(what) ?? [];
  const [, slower] = /^(\d+(?:\.\d+)?)x slower$/.exec(what) ?? [];
  if (after !== null && more.length === 0) {
    const late = { name, after: after / 1000 };
    if (share !== null) return { ...late, kind: 'share', size: share };
    if (ratio !== undefined) return { ...late, kind: 'ratio', size: Number(ratio) };
    if (slower !== undefined && Number(slower) > 1) return { ...late, kind: 'slower', size: Number(slower) };
    if (what === 'crash') return { ...late, kind: 'crash', size: 0 };
  }
  throw usageError(
    `--regression cannot be “${name}”`,
    'It is a share of requests that fail (5%), a ratio to the stable’s rate (5x), a time (1.5x slower), or crash; each also “after 3m”; several with commas.',
  );
}

/** A share like `0.1%`; undefined where it is not given. */
function shareOf(options: ParsedOptions, name: string): number | undefined {
  const text = textOf(options, name);
  const share = text === undefined ? undefined : parseShare(text);
  if (share === null || share === 1)
    throw usageError(`--${name} cannot be “${text}”`, 'It is a share below 100 %, e.g. 0.1%.');
  return share;
}

/** A whole number from 1; undefined where it is not given. */
export function countOf(options: ParsedOptions, name: string): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const value = wholeNumber(`--${name}`, text);
  if (value < 1 || value > 1e7)
    throw usageError(`--${name} cannot be “${text}”`, 'It is from 1 to ten million.');
  return value;
}
