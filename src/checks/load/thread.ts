/** The load generator's thread; see `generateApart`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LoadOrder } from './apart.ts';
import { generate } from './generate.ts';
import type { LoadStatistics } from './statistics.ts';

const { spec, stretches } = workerData as LoadOrder;
const figures: LoadStatistics[] = [];
for (const { segment, url } of stretches) figures.push(await generate(spec, url, segment));
parentPort?.postMessage(figures);
