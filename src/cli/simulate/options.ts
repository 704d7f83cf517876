/** What `teal simulate` and `teal explain` are asked, understood. Everything throws E_USAGE. */
import type { Regression, Traffic } from '../../simulate/index.ts';
import { HEALTHY } from '../../simulate/index.ts';
import { parseDuration, parseRate, parseShare } from '../../spec/index.ts';
import { type ParsedOptions, textOf } from '../commands/command.ts';
import { usageError, wholeNumber } from '../commands/parse.ts';

/** Share of requests that fail where nothing is said. */
export const BASE_RATE = 0.001;

/** Traffic as the options say; `clientsPerSecond` where `--rate` is not given. */
export function trafficOf(options: ParsedOptions, clientsPerSecond: number): Traffic {
  const requestsPerClient = countOf(options, 'requests') ?? 1;
  const rate = textOf(options, 'rate');
  return {
    clientsPerSecond: rate === undefined ? clientsPerSecond : rateOf(rate, requestsPerClient),
    requestsPerClient,
    baseRate: shareOf(options, 'base-rate') ?? BASE_RATE,
    audience: countOf(options, 'audience') ?? null,
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

/** The healthy one, which shows false rollbacks, and those of `--regression`. */
export function candidatesOf(options: ParsedOptions): readonly Regression[] {
  const names = (textOf(options, 'regression') ?? '1%,5%,50%').split(',').map((name) => name.trim());
  return [HEALTHY, ...names.filter((name) => name !== HEALTHY.name).map(regressionOf)];
}

/** `5%`, `5x`, `crash`, each also `after 3m`. */
function regressionOf(name: string): Regression {
  const [what = '', when, ...more] = name.split(/\s+after\s+/);
  const after = when === undefined ? 0 : parseDuration(when);
  const share = parseShare(what);
  const [, ratio] = /^(\d+(?:\.\d+)?)x$/.exec(what) ?? [];
  if (after !== null && more.length === 0) {
    const late = { name, after: after / 1000 };
    if (share !== null) return { ...late, kind: 'share', size: share };
    if (ratio !== undefined) return { ...late, kind: 'ratio', size: Number(ratio) };
    if (what === 'crash') return { ...late, kind: 'crash', size: 0 };
  }
  throw usageError(
    `--regression cannot be “${name}”`,
    'It is a share of requests that fail (5%), a ratio to the stable’s rate (5x), or crash; each also “after 3m”; several with commas.',
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
