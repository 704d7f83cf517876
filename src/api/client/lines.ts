import type { IncomingMessage } from 'node:http';
import { lost } from './request.ts';

/** The lines of an answer as they come, without their ends. Rejects with E_DAEMON_UNREACHABLE when it breaks off. */
export async function* lines(answer: IncomingMessage): AsyncGenerator<string, void, void> {
  answer.setEncoding('utf8');
  let rest = '';
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<string>;
  try {
    for (;;) {
      const chunk = await next(chunks);
      if (chunk === null) break;
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part;
    }
  } finally {
    answer.destroy();
  }
  if (rest !== '') yield rest;
}

async function next(chunks: AsyncIterator<string>): Promise<string | null> {
  try {
    const { done, value } = await chunks.next();
    return done ? null : value;
  } catch (error) {
    throw lost(error);
  }
}
