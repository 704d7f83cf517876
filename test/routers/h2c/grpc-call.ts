/** The wire format of gRPC, by hand. */

/** A message of gRPC: not compressed, its length, its bytes. */
export const message = (text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
/** Headers of a call. */
export const GRPC = {
  ':method': 'POST',
  ':path': '/shop.Shop/Buy',
  'content-type': 'application/grpc',
  te: 'trailers',
};
