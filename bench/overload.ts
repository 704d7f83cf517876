/**
 * Twice as many requests as the router can serve: it is to refuse what is too much at once, and to serve the others soon. First
 * it is seen what it serves of as many as come (64 connections that ask again and again), then twice that is due every
 * second, whatever comes of it. The router has one core, load and instance another one. Linux only.
 *
 * It is the router that has to be the narrow place: with `--beside 3`, as many processes that only count keep its core busy beside
 * it, so that it gets a part of that, and one core for load and instance is enough to bring twice what it serves.
 *
 * With `--times 0.5` it is to refuse nobody, whatever else its core does.
 *
 *     npm run bench -- overload [--ms 8000] [--times 2] [--beside 3] [--only fast|node]
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificate } from '../test/support/make-certificate.ts';
import { startLoad } from './router/load/worker.ts';
import { end, INSTANCE_CORE, PROXY_CORE, pinned, script } from './router/pinned.ts';
import { teal, tealByNode } from './router/proxies/teal.ts';
import { must, report } from './support/report.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { ms: text, times: text, beside: text, only: text } });
const ms = Number(values.ms ?? 8_000);
const times = Number(values.times ?? 2);
const beside = Number(values.beside ?? 0);
const peers = [...(values.only === 'node' ? [] : [teal]), ...(values.only === 'fast' ? [] : [tealByNode])];
const WARM = 3_000;
const FULL = 2_000;
/** As many clients as are there at once. With few of them what is too much waits in the clients, and the router is never late. */
const CONNECTIONS = 4_000;
/** p99 of what is served, ms: the loop is late by about 200 ms when it refuses somebody, and an answer takes a few turns. */
const GOAL = 1_000;

const shown = (took: number | null): string => took?.toFixed(1) ?? '-';

const folder = await mkdtemp(join(tmpdir(), 'teal-bench-overload-'));
const instance = pinned(
  INSTANCE_CORE,
  process.execPath,
  script(new URL('./router/instance.ts', import.meta.url)),
);
const counting = Array.from({ length: beside }, () =>
  pinned(PROXY_CORE, process.execPath, ['-e', 'for (let count = 0; ; count += 1);']),
);
const full = startLoad('keep-alive');
const over = startLoad('overload');
try {
  const [said] = (await once(instance.stdout!, 'data')) as [Buffer];
  const { cert, key } = makeCertificate(['shop.test']);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  const rows: (string | number)[][] = [];
  for (const peer of peers) {
    const setting = { ...files, folder: join(folder, String(rows.length)), instance: Number(String(said)) };
    const router = await peer.start(setting);
    try {
      await full.run({ port: router.port, ms: WARM });
      const { right } = await full.run({ port: router.port, ms: FULL });
      const most = (right * 1_000) / FULL;
      const rate = Math.round(most * times);
      const { wrong, overload } = await over.run({ port: router.port, ms, rate, connections: CONNECTIONS });
      const { served, refused, unsent } = overload!;
      const offered = served.rate + refused.rate;
      rows.push([
        ...[peer.name, Math.round(most), Math.round(offered)],
        ...[Math.round(served.rate), shown(served.p50), shown(served.p99)],
        ...[Math.round(refused.rate), shown(refused.p50), shown(refused.p99), unsent, wrong],
      ]);
      must(wrong === 0, `${peer.name}: ${wrong} answers were wrong or did not come`);
      must(times > 0.5 || refused.rate === 0, `${peer.name}: refused some of what it can serve`);
      must(
        served.p99 !== null && served.p99 < GOAL,
        `${peer.name}: p99 of what is served is ${shown(served.p99)} ms, the goal is ${GOAL} ms`,
      );
    } finally {
      await router.stop();
    }
  }
  report(
    `Overload: ${times} times what the router serves${beside > 0 ? `, ${beside} processes beside it on its core` : ''}`,
    [
      ...['router', 'can serve a second', 'answered a second', 'served', 'p50 ms', 'p99 ms'],
      ...['refused', 'p50 ms', 'p99 ms', 'not sent', 'wrong'],
    ],
    rows,
  );
} finally {
  await full.stop();
  await over.stop();
  await Promise.all([instance, ...counting].map((child) => end(child, 'SIGKILL')));
  await rm(folder, { recursive: true, force: true });
}
