/** h2spec (github.com/summerwind/h2spec), the conformance suite of HTTP/2, against the real listener. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isWithout } from '../../support/real-part.ts';
import { secureRouter } from '../support/secure-router.ts';
import { backend } from '../support.ts';

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

/** A case of the suite; its section is what h2spec takes as an argument, such as `http2/5.1`. */
interface Case {
  readonly section: string;
  readonly name: string;
  readonly failed: boolean;
}

/** Runs these sections (none: all), each answer awaited for so many seconds. */
async function h2spec(
  port: number,
  folder: string,
  patience: number,
  sections: string[] = [],
): Promise<Case[]> {
  const report = join(folder, 'h2spec.xml');
  const at = ['-t', '-k', '-h', '127.0.0.1', '-p', String(port)];
  const child = spawn('h2spec', [...at, '-o', String(patience), '-j', report, ...sections], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
  const xml = await readFile(report, 'utf8');
  const found = xml.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g);
  return [...found].map(([, section, title, inside]) => ({
    section: section!,
    name: `${section}: ${text(title!)}`,
    failed: /<(?:failure|error)/.test(inside!),
  }));
}

it.skipIf(isWithout('h2spec', '--version'))(
  'conforms to HTTP/2, but for exceptions with reasons',
  async () => {
    const [running, blue] = await Promise.all([secureRouter(), backend('blue')]);
    try {
      await running.lead([blue.port]);
      // Frames for a stream whose answer is whole already are ones for a closed stream: which they are is not left to who is
      // quicker, but the instance takes longer than they do.
      const answersAfter = (ms: number) => {
        blue.handle = (_, res) => void setTimeout(() => res.end('blue'), ms);
      };
      answersAfter(50);
      const cases = await h2spec(running.port, running.folder, 3);
      expect(cases.length).toBeGreaterThan(140);
      const unexpected = ({ name, failed }: Case) => failed && !(name in EXCEPTIONS);
      // On a busy machine that may be too little; what is wrong is wrong again.
      answersAfter(1_000);
      const sections = [...new Set(cases.filter(unexpected).map(({ section }) => section))];
      const again = sections.length === 0 ? [] : await h2spec(running.port, running.folder, 10, sections);
      expect(again.filter(unexpected).map(({ name }) => name)).toEqual([]);
    } finally {
      await running.close();
      await blue.close();
    }
  },
  300_000,
);
