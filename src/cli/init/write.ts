import { stringify } from 'yaml';
import type { Detected } from './detect.ts';

/** A commented teal.yaml for what was detected: valid, short, with the next things to change as comments. */
export function renderSpec(detected: Detected): string {
  const sections = [
    [
      detected.because === null
        ? '# Written by `teal init`.'
        : `# Written by \`teal init\`, which found: ${oneLine(detected.because)}.`,
      '# `teal explain` shows what this file means; every key: docs/teal-yaml.md.',
      ...detected.notes.map((note) => `# Note: ${oneLine(note)}`),
    ],
    [
      entry('service', detected.service),
      entry('run', detected.run, 'gets $PORT and $HOST'),
      detected.build === null
        ? '# build: make                  # once in each release, before it starts'
        : entry('build', detected.build, "once in each release's own copy"),
    ],
    traffic(detected),
    [
      '# How users move to a new release: 1%, 5%, 25%, 50%, 100% of them. blue-green moves all at once.',
      entry('strategy', 'canary'),
    ],
    checks(detected),
    hooks(detected),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function traffic({ ready, listen }: Detected): string[] {
  if (listen === null) {
    return [
      '# A worker: without listen it takes no HTTP traffic, and rolls out instance by instance.',
      'instances: 2',
    ];
  }
  const readiness =
    ready === null
      ? [
          '# No readiness path was found, so an instance is ready once its port accepts connections. Better:',
          '# ready: GET /healthz',
        ]
      : [entry('ready', ready, 'an instance gets traffic once this is answered with 2xx')];
  return [...readiness, entry('listen', listen, 'where users reach the service'), '# instances: 2'];
}

function checks({ listen, ready }: Detected): string[] {
  if (listen === null) return [];
  return [
    '# Checked against the new release before any user sees it:',
    '# checks:',
    `#   - http: ${ready ?? 'GET /'}`,
    '#   - load: { rate: 50/s, for: 30s, p99: 300ms }',
  ];
}

function hooks({ beforePrepare }: Detected): string[] {
  if (beforePrepare === null) return [];
  return [
    '# Runs before the new release starts, while the old one still serves: it must work with both.',
    'hooks:',
    `  ${entry('before-prepare', beforePrepare)}`,
  ];
}

function entry(key: string, value: string | number, comment?: string): string {
  const line = `${key}: ${stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN', blockQuote: false }).trim()}`;
  return comment === undefined ? line : `${line.padEnd(30)} # ${comment}`;
}

/** File names may hold line breaks, which would end a comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
