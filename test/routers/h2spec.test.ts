/** h2spec (github.com/summerwind/h2spec), the conformance suite of HTTP/2, against the real listener. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isWithout } from '../support/real-part.ts';
import { secureRouter } from './secure-router.ts';
import { backend } from './support.ts';

/** A closed stream is forgotten, so that nobody can make the router remember streams: frames for one are ignored. */
const FORGOTTEN = 'node has nghttp2 forget closed streams; their frames are ignored instead of answered';
/** Priorities are gone from HTTP/2 (RFC 9113, 5.3.2). */
const NO_PRIORITY = 'RFC 9113 has withdrawn priorities; such frames are ignored';
/** More is closed than has to be. */
const STRICTER = 'the connection is closed, which is more than what is asked for';

/** What may fail, and why that harms nobody. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'http2/5.1: closed: Sends a DATA frame after sending RST_STREAM frame': FORGOTTEN,
  'http2/5.1: closed: Sends a HEADERS frame after sending RST_STREAM frame': FORGOTTEN,
  'http2/5.1: closed: Sends a DATA frame': FORGOTTEN,
  'http2/5.1: closed: Sends a HEADERS frame': FORGOTTEN,
  'http2/5.1.1: Sends stream identifier that is numerically smaller than previous': FORGOTTEN,
  'http2/5.3.1: Sends PRIORITY frame that depend on itself': NO_PRIORITY,
  'http2/6.3: Sends a PRIORITY frame with 0x0 stream identifier': NO_PRIORITY,
  'http2/6.7: Sends a PING frame with ACK': STRICTER,
  'http2/6.9.1: Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream':
    STRICTER,
};

const text = (attribute: string) => attribute.replaceAll('&#34;', '"').replaceAll('&amp;', '&');

it.skipIf(isWithout('h2spec', '--version'))(
  'conforms to HTTP/2, but for exceptions with reasons',
  async () => {
    const [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
    try {
      await running.lead([blue.port]);
      const report = join(running.folder, 'h2spec.xml');
      const at = ['-t', '-k', '-h', '127.0.0.1', '-p', String(running.port)];
      const child = spawn('h2spec', [...at, '-o', '3', '-j', report], { stdio: 'ignore' });
      await once(child, 'exit');
      const xml = await readFile(report, 'utf8');
      const cases = [
        ...xml.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g),
      ];
      expect(cases.length).toBeGreaterThan(140);
      const failed = cases
        .filter(([, , , inside]) => /<(?:failure|error)/.test(inside!))
        .map(([, section, title]) => `${section}: ${text(title!)}`);
      expect(failed.filter((name) => !(name in EXCEPTIONS))).toEqual([]);
    } finally {
      await running.close();
      await blue.close();
    }
  },
  120_000,
);
