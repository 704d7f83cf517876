import { once } from 'node:events';
import { connect, createServer, type Http2Session, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { keepStreamsInTable, StreamTable } from '../../../src/routers/embedded/turnover/stream-table.ts';
import { h2cStage } from '../h2c/h2c-stage.ts';
import { answerOf } from '../support/http2-answer.ts';

test('it is a Map, whatever is done with it', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'clear'), fc.nat(6), fc.nat()), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(steps, (taken) => {
      const table = new StreamTable<number>();
      const model = new Map<number, number>();
      for (const [what, number, stream] of taken) {
        if (what === 'set') expect(table.set(number, stream)).toBe(table);
        if (what === 'set') model.set(number, stream);
        if (what === 'delete') expect(table.delete(number)).toBe(model.delete(number));
        if (what === 'clear') table.clear();
        if (what === 'clear') model.clear();
        for (let asked = 0; asked < 7; asked += 1) {
          expect([table.has(asked), table.get(asked)]).toEqual([model.has(asked), model.get(asked)]);
        }
        expect(table.size).toBe(model.size);
      }
      const inOrder = (entries: Iterable<[number, number]>) => [...entries].sort(([a], [b]) => a - b);
      expect(inOrder(table)).toEqual(inOrder(model));
      expect(inOrder(table.entries())).toEqual(inOrder(model));
      expect([...table.keys()].sort()).toEqual([...model.keys()].sort());
      expect([...table.values()].sort()).toEqual([...model.values()].sort());
    }),
  );
});

test('those who go while all are looked at are not looked at any more, the others once', () => {
  const table = new StreamTable<string>();
  for (const number of [1, 3, 5, 7]) table.set(number, `stream ${number}`);
  const seen: number[] = [];
  table.forEach((_, number) => {
    seen.push(number);
    table.delete(number === 1 ? 5 : number);
    table.set(number + 100, 'new');
  });
  expect(seen).toEqual([1, 3, 7]);
});

test('sessions of this node keep their streams in it, at both ends, and lose none when they are destroyed', async () => {
  const server = createServer();
  const ends: Http2Session[] = [];
  const closed: Promise<unknown>[] = [];
  const kept: number[] = [];
  server.on('session', (session: ServerHttp2Session) => {
    keepStreamsInTable(session);
    ends.push(session);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers[':path'] === '/kept') {
      kept.push(stream.id!);
      closed.push(once(stream, 'close'));
      stream.respond();
      stream.write('begun');
    } else stream.end('whole');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  keepStreamsInTable(client);
  ends.push(client);
  for (let i = 0; i < 20; i += 1) {
    const stream = client.request({ ':path': '/' });
    stream.setEncoding('utf8');
    let text = '';
    for await (const part of stream) text += part;
    expect(text).toBe('whole');
  }
  const open = Array.from({ length: 3 }, () => client.request({ ':path': '/kept' }));
  for (const stream of open) stream.on('error', () => undefined);
  await Promise.all(open.map((stream) => once(stream, 'data')));
  for (const session of ends) {
    const tables = Object.getOwnPropertySymbols(session)
      .map(
        (key) =>
          (session as unknown as Record<symbol, { streams?: unknown } | null | undefined>)[key]?.streams,
      )
      .filter((streams) => streams !== undefined);
    expect(tables).toEqual([expect.any(StreamTable)]);
    expect([...(tables[0] as StreamTable<unknown>).keys()].sort()).toEqual([...kept].sort());
  }
  const gone = open.map((stream) => once(stream, 'close'));
  client.destroy();
  await Promise.all([...gone, ...closed]);
  server.close();
  await once(server, 'close');
});

test("the router's sessions with clients and with instances keep each stream in one of theirs", async () => {
  const stage = await h2cStage();
  const kept = vi.spyOn(StreamTable.prototype, 'set');
  try {
    expect((await answerOf(stage.client.request({ ':path': '/' }))).status).toBe(200);
    expect(kept).toHaveBeenCalledTimes(2);
    expect(new Set(kept.mock.contexts).size).toBe(2);
  } finally {
    kept.mockRestore();
    await stage.close();
  }
});
