/**
 * HTTP/2 by `Upgrade` is obsolete (RFC 9113, 3.1) and would hide requests from the router, so nobody gets it. Some clients,
 * Java's among them, ask so on every new connection, also with a body, and go on in HTTP/1.1 where they do not get it.
 */
import type { IncomingMessage } from 'node:http';
import { MOST_HEADER_LINES } from '../../../core/service/http-spec.ts';

/** Whether a request with this `Upgrade` asks for HTTP/2. */
export const asksForHttp2 = (upgrade: string | undefined): boolean =>
  upgrade !== undefined && /\bh2c?\b/i.test(upgrade);

/**
 * The bytes of a request as if it had not asked for another protocol, to be read anew: node's server reads nothing more of a
 * connection that asks. `early`: what came behind the head. null: it asks for something that is not ignored, or its head is
 * refused anyway. Ignored are HTTP/2, and whatever a client of HTTP/1.0 asks for (RFC 9110, 7.8): it knows nothing of 101.
 */
export function withoutUpgrade(req: IncomingMessage, early: Buffer): Buffer | null {
  const { method, url, httpVersion, rawHeaders: raw } = req;
  const { upgrade } = req.headers;
  const isIgnored = asksForHttp2(upgrade) || (upgrade !== undefined && httpVersion === '1.0');
  // node leaves lines out where there are very many.
  if (!isIgnored || raw.length > 2 * MOST_HEADER_LINES) return null;
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (name === 'upgrade' || name === 'http2-settings') continue;
    const value = name === 'connection' ? withoutUpgradeOption(raw[i + 1]!) : raw[i + 1]!;
    if (value !== '' || name !== 'connection') head += `${raw[i]}: ${value}\r\n`;
  }
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), early]);
}

const withoutUpgradeOption = (value: string): string =>
  value
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(?:upgrade|http2-settings)?$/i.test(option))
    .join(', ');
