import { STATUS_CODES } from 'node:http';
import { type OwnAnswer, render } from './answer.ts';

/** An answer of the router itself to whom it knows nothing of, as it goes out; the connection ends with it. */
export function lastWords(own: OwnAnswer): string {
  const { head, body } = render(undefined, null, own);
  let text = `HTTP/1.1 ${own.status} ${STATUS_CODES[own.status]}\r\n`;
  for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`;
  return `${text}Date: ${new Date().toUTCString()}\r\nConnection: close\r\n\r\n${body}`;
}

/** The rest of a head did not come. */
export const HEAD_TOO_SLOW: OwnAnswer = { status: 408, message: 'The head of the request did not come.' };
