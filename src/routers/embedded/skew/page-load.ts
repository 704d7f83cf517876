import type { ReadHeader } from '../clients/read-header.ts';

/**
 * Whether the request loads a page into a window, so that whatever the client had from another release is gone. A frame
 * in a page is none. Browsers that do not say (Safari before 16.4) are known by what they accept.
 */
export function isPageLoad(header: ReadHeader): boolean {
  const mode = header('sec-fetch-mode');
  if (mode === undefined) return header('accept')?.includes('text/html') ?? false;
  const into = header('sec-fetch-dest');
  return mode === 'navigate' && (into === undefined || into === 'document');
}
