import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/make-certificate.ts';
import { backend, freePort, routing, runningRouter } from '../support.ts';

describe('TLS with two workers', () => {
  it('has each of them take up changed files, and resumes at one what began at the other', async () => {
    const [running, blue, port] = await Promise.all([runningRouter(2), backend('blue'), freePort()]);
    try {
      const files = { cert: join(running.home.root, 'shop.pem'), key: join(running.home.root, 'shop.key') };
      const write = async (name: string) => {
        const { cert, key } = makeCertificate([name]);
        await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)]);
      };
      await write('old.test');
      const listen = { port, address: '127.0.0.1', host: null, path: '/', tls: { certificates: [files] } };
      await running.router.apply(routing(port, [blue], { listen }));
      const visit = async (session?: Buffer) => {
        const at = { port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'old.test' };
        const socket = connect(session === undefined ? at : { ...at, session });
        // A session that is resumed brings no new ticket.
        const tickets: Buffer[] = [];
        socket.on('session', (ticket: Buffer) => tickets.push(ticket));
        socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        const resumed = socket.isSessionReused();
        const CN = socket.getPeerCertificate().subject?.CN;
        socket.destroy();
        return { ticket: tickets[0], resumed, CN, status: chunk.toString('latin1', 9, 12) };
      };
      const first = await visit();
      for (let turn = 0; turn < 12; turn += 1) {
        expect(await visit(first.ticket)).toMatchObject({ resumed: true, status: '200' });
      }
      await write('new.test');
      await running.router.apply(routing(port, [blue], { listen }));
      for (let turn = 0; turn < 12; turn += 1) expect((await visit()).CN).toBe('new.test');
      await rm(files.key);
      await running.router.apply(routing(port, [blue], { listen }));
      expect((await running.observed('shop')).warning).toContain('still in use');
    } finally {
      await running.close();
      await blue.close();
    }
  });
});
