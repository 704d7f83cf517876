import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { TealError } from '../../core/error.ts';
import {
  createJudgeStream,
  JudgeInputError,
  JudgeLineError,
  type JudgeStreamOptions,
} from '../../judge/index.ts';
import { type ParsedOptions, textOf, type Verb } from '../commands/command.ts';
import { usageError } from '../commands/parse.ts';

/** Option, and the name that the judge has for it. */
const NUMBERS = {
  'alpha-harm': 'alphaHarm',
  'alpha-safe': 'alphaSafe',
  tolerate: 'tolerate',
  floor: 'floor',
  budget: 'budget',
  'clients-per-second': 'clientsPerSecond',
} as const;

/** As in a teal.yaml that says nothing of `judge`. */
const DEFAULTS = { tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 };

export const run: Verb['run'] = async ({ options, output }) => {
  const judge = judgeWith(judgeOptions(options));
  let malformed = 0;
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    try {
      const verdict = judge.line(text);
      // Long histories: no faster than the reader reads.
      if (verdict !== '' && !output.stdout.write(`${verdict}\n`)) await once(output.stdout, 'drain');
    } catch (error) {
      if (!(error instanceof JudgeLineError)) throw error;
      if (!options['keep-going']) throw badLine(error);
      malformed += 1;
      output.note(`E_JUDGE_LINE: ${error.message}`);
    }
  }
  return malformed > 0 ? 2 : 0;
};

function judgeWith(options: JudgeStreamOptions) {
  try {
    return createJudgeStream(options);
  } catch (error) {
    if (!(error instanceof JudgeInputError)) throw error;
    const [option] = Object.entries(NUMBERS).find(([, name]) => error.field === `options.${name}`) ?? [];
    const said = option === undefined ? error.message : error.message.replace(error.field, `--${option}`);
    throw usageError(said, 'See teal judge --help');
  }
}

function judgeOptions(options: ParsedOptions): JudgeStreamOptions {
  const given = Object.entries(NUMBERS).flatMap(([option, name]) => {
    const text = textOf(options, option);
    return text === undefined ? [] : [[name, number(option, text)] as const];
  });
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** `1.25`, `1.25x` or `0.1%`. */
function number(option: string, text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?(?:e-?\d+)?)(x|%)?$/.exec(text) ?? [];
  if (digits === undefined) throw usageError(`--${option} cannot be “${text}”`, 'It is a number, e.g. 0.01');
  return unit === '%' ? Number(digits) / 100 : Number(digits);
}

const badLine = (error: JudgeLineError) =>
  new TealError('E_JUDGE_LINE', `Standard input, ${error.message}`, {
    fix: 'Correct the line, or report such lines and go on with --keep-going.',
    details: { line: error.line, field: error.field },
    exitCode: 2,
  });
