import { createInterface } from 'node:readline/promises';
import type { Output } from './output.ts';

/**
 * Asks a person a question; only a clear yes is one. Without a terminal nobody can be asked: then it resolves with
 * `unasked`.
 */
export async function confirm(output: Output, question: string, unasked: boolean): Promise<boolean> {
  if (!output.canAsk) return unasked;
  const reader = createInterface({ input: process.stdin, output: output.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
