import type { Verb } from '../commands/command.ts';
import type { Finding } from '../doctor/finding.ts';
import { clock, git, homeFolder, nodeVersion } from '../doctor/machine.ts';
import { processes } from '../doctor/processes.ts';
import { project } from '../doctor/project.ts';
import type { Ink } from '../terminal/paint.ts';

const MARKS: Readonly<Record<Finding['state'], readonly [Ink, string]>> = {
  ok: ['green', 'ok    '],
  warn: ['yellow', 'note  '],
  off: ['dim', 'off   '],
  broken: ['red', 'BROKEN'],
};

export const run: Verb['run'] = async ({ positionals, options, output, home }) => {
  const findings = [
    nodeVersion(),
    clock(),
    await git(),
    ...(await homeFolder(home)),
    ...(await processes(home)),
    ...(await project(positionals[0], home)),
  ];
  const broken = findings.filter(({ state }) => state === 'broken').length;
  if (options.json) {
    output.json({ ok: broken === 0, findings });
    return broken === 0 ? 0 : 1;
  }
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, state, detail, repair } of findings) {
    const [ink, mark] = MARKS[state];
    output.line(`${output.paint(ink, mark)}  ${what.padEnd(width)}  ${detail}`);
    if (repair !== null)
      for (const line of repair.split('\n')) output.line(`${' '.repeat(width + 10)}${line}`);
  }
  output.line();
  output.line(broken === 0 ? 'Nothing is broken.' : `${broken} broken.`);
  return broken === 0 ? 0 : 1;
};
