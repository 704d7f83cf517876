import { open } from 'node:fs/promises';
import type { Logger } from '../../../system/log.ts';

/** What a page may say of an answer. */
export interface PageFacts {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** The request's id; null: it has none. */
  readonly request: string | null;
}

/** Makes the HTML of one of the router's own answers. */
export type ErrorPage = (facts: PageFacts) => string;

const MOST = 65_536;

/** `{{status}}`, `{{reason}}`, `{{message}}` and `{{request}}` are filled in, escaped; everything else stays. */
export function errorPage(template: string): ErrorPage {
  return ({ status, reason, message, request }) => {
    const values = { status: String(status), reason, message, request: request ?? '' };
    return template.replace(
      /\{\{\s*(status|reason|message|request)\s*\}\}/g,
      (_, name: keyof typeof values) => escapeHtml(values[name]),
    );
  };
}

/** For services without a page of their own. */
export const PLAIN_PAGE: ErrorPage = errorPage(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{status}} {{reason}}</title>
<h1>{{status}} {{reason}}</h1>
<p>{{message}}</p>
<p><small>{{request}}</small></p>
</html>
`);

/** Reads one, at most 64 KB. null where it cannot be used, which the log tells: the plain page is shown. Never rejects. */
export async function loadErrorPage(path: string, log: Logger): Promise<ErrorPage | null> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST + 1), 0, MOST + 1, 0);
      if (bytesRead > MOST) throw new Error(`it is larger than ${MOST} bytes`);
      return errorPage(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    log.warn({ err: error, path }, 'the error page cannot be used');
    return null;
  }
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
