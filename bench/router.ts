/**
 * What the embedded router costs beside its peers: CPU time of each proxy's process for a right answer, memory, latency. The
 * proxies are pinned to one core, load and instance to others; rounds are interleaved, ratios paired by round. Linux only.
 *
 *     npm run bench -- router [--row 1kb --row tls ...] [--rounds 15] [--ms 1000] [--peer nginx ...] [--short]
 *
 * `--short` is the first row beside nginx alone, in few seconds. Every answer's status, length and bytes are checked.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificate } from '../test/support/make-certificate.ts';
import { startLoad } from './router/load/worker.ts';
import { end, INSTANCE_CORE, pinned, script } from './router/pinned.ts';
import type { Peer, RunningProxy } from './router/proxies/proxy.ts';
import { ROWS } from './router/rows/rows.ts';
import { report } from './support/report.ts';

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds ?? (values.short ? 5 : 15));
const ms = Number(values.ms ?? (values.short ? 500 : 1_000));
/** Answers that a proxy has given before it is measured: compilers of JavaScript need some ten thousand. */
const WARM = values.short ? 10_000 : 30_000;
const WARM_MS = 500;
const LONGEST_WARMING = 20_000;

const folder = await mkdtemp(join(tmpdir(), 'teal-bench-router-'));
const instance = pinned(
  INSTANCE_CORE,
  process.execPath,
  script(new URL('./router/instance.ts', import.meta.url)),
);
try {
  const [said] = (await once(instance.stdout!, 'data')) as [Buffer];
  const port = Number(String(said));
  const { cert, key } = makeCertificate(['shop.test']);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  let started = 0;
  const start = async (peer: Peer, instance = port): Promise<RunningProxy> => {
    started += 1;
    const proxy = await peer.start({ ...files, folder: join(folder, String(started)), instance });
    await warm(proxy);
    return proxy;
  };
  const names = values.row ?? (values.short ? ['1kb'] : ROWS.map(({ name }) => name));
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) {
    throw new Error(`no row ${unknown}; there are: ${ROWS.map(({ name }) => name).join(', ')}`);
  }
  const missing = new Map(ROWS.flatMap(({ peers }) => peers).map((peer) => [peer.name, peer.missing()]));
  for (const [name, how] of missing) if (how !== null) console.log(`${name} is missing: ${how}`);
  for (const row of ROWS.filter(({ name }) => names.includes(name))) {
    const peers = row.peers.filter((peer) => missing.get(peer.name) === null && isWanted(peer));
    const cells = await row.measure(peers, { rounds, ms, start });
    report(`\`${row.name}\`: ${row.title}. Goal: ${row.goal}`, row.columns, cells);
    console.log(`\n${rounds} rounds of ${ms} ms.`);
  }
} finally {
  await end(instance, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

/** Teal's own, always; of the others all, or those that were asked for. */
function isWanted({ name }: Peer): boolean {
  if (name.startsWith('Teal')) return !values.short || name === 'Teal';
  return values.peer?.includes(name) ?? (!values.short || name === 'nginx');
}

async function warm(proxy: RunningProxy): Promise<void> {
  const load = startLoad('keep-alive');
  const until = performance.now() + LONGEST_WARMING;
  for (let served = 0; served < WARM && performance.now() < until; ) {
    served += (await load.run({ port: proxy.port, ms: WARM_MS })).right;
  }
  await load.stop();
}
