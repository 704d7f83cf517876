/** The other tools of `--compare`, with their documented settings or given ones. */
import {
  ARGO_DOCUMENTED,
  argo,
  FLAGGER_DOCUMENTED,
  flagger,
  KAYENTA_USUAL,
  kayenta,
  type Rule,
} from '../../simulate/index.ts';
import { parseDuration, parseShare } from '../../spec/index.ts';
import { type ParsedOptions, textOf } from '../commands/command.ts';
import { usageError } from '../commands/parse.ts';

type Settings = Readonly<Record<string, number>>;

const TOOLS: Readonly<
  Record<string, { readonly defaults: Settings; readonly rule: (settings: Settings) => Rule }>
> = {
  argo: {
    defaults: {
      interval: ARGO_DOCUMENTED.intervalSeconds,
      success: ARGO_DOCUMENTED.minimum,
      failures: ARGO_DOCUMENTED.analysis.failureLimit,
      step: ARGO_DOCUMENTED.steps[0]!.seconds,
    },
    rule: ({ interval, success, failures, step }) =>
      argo({
        ...ARGO_DOCUMENTED,
        intervalSeconds: interval!,
        minimum: success!,
        analysis: { ...ARGO_DOCUMENTED.analysis, failureLimit: failures! },
        steps: ARGO_DOCUMENTED.steps.map(({ weight }) => ({ weight, seconds: step! })),
      }),
  },
  flagger: {
    defaults: {
      interval: FLAGGER_DOCUMENTED.intervalSeconds,
      success: FLAGGER_DOCUMENTED.minimum,
      threshold: FLAGGER_DOCUMENTED.threshold,
      step: FLAGGER_DOCUMENTED.stepWeight,
      max: FLAGGER_DOCUMENTED.maxWeight,
    },
    rule: ({ interval, success, threshold, step, max }) =>
      flagger({
        intervalSeconds: interval!,
        minimum: success!,
        threshold: threshold!,
        stepWeight: step!,
        maxWeight: max!,
      }),
  },
  kayenta: {
    defaults: {
      interval: KAYENTA_USUAL.everySeconds,
      lifetime: KAYENTA_USUAL.lifetimeSeconds,
      weight: KAYENTA_USUAL.share,
      pass: KAYENTA_USUAL.passScore,
      marginal: KAYENTA_USUAL.marginalScore,
    },
    rule: ({ interval, lifetime, weight, pass, marginal }) =>
      kayenta({
        everySeconds: interval!,
        lifetimeSeconds: lifetime!,
        share: weight!,
        passScore: pass!,
        marginalScore: marginal!,
      }),
  },
};

/** All three with `--compare`; else those that were given settings. Throws E_USAGE. */
export function rulesOf(options: ParsedOptions): readonly Rule[] {
  return Object.entries(TOOLS).flatMap(([tool, { defaults, rule }]) => {
    const text = textOf(options, tool);
    if (text === undefined && !options.compare) return [];
    return [rule({ ...defaults, ...settingsOf(tool, text ?? '', defaults) })];
  });
}

/** `interval=1m,success=99%`. */
function settingsOf(tool: string, text: string, known: Settings): Settings {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
      const number = numberOf(value);
      if (!Object.hasOwn(known, name) || number === null) {
        throw usageError(
          `--${tool} cannot be “${pair}”`,
          `It is NAME=VALUE with commas; names: ${Object.keys(known).join(', ')}; values like 10, 99% or 5m.`,
        );
      }
      const isTime = ['interval', 'lifetime'].includes(name) || (tool === 'argo' && name === 'step');
      if (number <= 0 && name !== 'failures')
        throw usageError(`--${tool}: ${name} must be above 0`, 'Choose more.');
      if (isTime && number % 10 !== 0)
        throw usageError(
          `--${tool}: ${name} must be a multiple of 10 s`,
          'So fine is the simulation of other tools.',
        );
      return [name, number] as const;
    }),
  );
}

/** Seconds, a share, or a plain number. */
function numberOf(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const ms = parseDuration(text);
  return ms === null ? parseShare(text) : ms / 1000;
}
