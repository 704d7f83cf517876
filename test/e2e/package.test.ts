import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureService } from '../support/fixture-service.ts';
import { freePort } from '../support/free-port.ts';
import { teal } from '../support/spawn-teal.ts';
import { temporaryHome } from '../support/temporary-home.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Builds and packs a copy, and unpacks it where npm would have put it. Returns its folder. */
async function installed(root: string): Promise<string> {
  const staging = join(root, 'staging');
  for (const part of ['package.json', 'bin', 'docs', 'schema.json', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    await cp(join(ROOT, part), join(staging, part), { recursive: true });
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: ROOT });
  node(tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(staging, 'dist'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent'], { cwd: staging });
  const folder = join(root, 'project', 'node_modules', 'teal');
  await mkdir(folder, { recursive: true });
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  execFileSync('tar', ['xzf', join(staging, `teal-${version}.tgz`), '--strip-components=1', '-C', folder]);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

test('what is published deploys, checks under load, and can be imported with its types', async () => {
  const home = await temporaryHome();
  const folder = await installed(home.root);
  const project = join(home.root, 'project');
  const service = await fixtureService(
    project,
    await freePort(),
    { version: 'v1' },
    'strategy: blue-green\nbake: 0s\nchecks: [{ load: { rate: 20/s, for: 1s, warm-up: 0s, errors: 0% } }]',
  );
  const options = { home, cwd: service.folder, bin: join(folder, 'bin', 'teal.js') };
  expect(await teal(['up'], options)).toMatchObject({ code: 0 });
  const deploy = () => teal(['deploy', '--yes', '--wait', 'bake'], options);
  let deployed = await deploy();
  // On a machine that is busy with other tests the load may come late, which Teal says rather than judging by it.
  while (
    deployed.code === 3 &&
    /Inconclusive: the load generator was/.test(deployed.stdout + deployed.stderr)
  )
    deployed = await deploy();
  expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ code: 0 });
  expect(await teal(['down', '--all', '--yes'], options)).toMatchObject({ code: 0 });

  const uses = `
    import { TealError } from 'teal';
    import { rateTest, type RateVerdict } from 'teal/judge';
    const test = rateTest({ tolerate: 1.25, floor: 0.001, alphaHarm: 0.01, alphaSafe: 0.05 });
    const found: RateVerdict = test.verdict(test.initial());
    console.log(found.verdict, new TealError('E_X', 'x').code);
  `;
  await writeFile(join(project, 'uses.mts'), uses);
  const types = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', 'node'];
  const typeRoots = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
  execFileSync(process.execPath, [tsc, ...types, ...typeRoots, 'uses.mts'], { cwd: project });
  const said = execFileSync(process.execPath, ['uses.mts'], { cwd: project, encoding: 'utf8' });
  expect(said).toBe('undecided E_X\n');
}, 180_000);
