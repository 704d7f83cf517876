/** A thread of the benchmark. */
import { parentPort } from 'node:worker_threads';
import type { Answer } from './jobs.ts';
import { type Part, work } from './parts.ts';

parentPort!.on('message', async (part: Part) => {
  parentPort!.postMessage(await answer(part));
});

async function answer(part: Part): Promise<Answer> {
  try {
    return { result: await work(part) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
