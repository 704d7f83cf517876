/** What every load asks, as a browser of few words would: `GET /SIZE`. `last`: the connection ends with the answer. */
export const requestFor = (size: number, last = false): Buffer =>
  Buffer.from(
    `GET /${size} HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-User-Id: u1\r\n${last ? 'Connection: close\r\n' : ''}\r\n`,
  );
