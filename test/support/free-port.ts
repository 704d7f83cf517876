import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below what systems take outgoing ports and those of port 0 from (32768 on Linux, 49152 on macOS), and below what Teal gives to
 * instances: a port from there could be anybody's by the time that it is listened on, which takes a busy machine seconds.
 */
const FIRST = 10_000;
const LAST = 19_999;
const TRIES = 200;

/**
 * A TCP port on the loopback interface that nobody listens on, and that no other test gets until this process ends: it
 * holds the UDP port of the same number, which the kernel gives to one only.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`${TRIES} random ports between ${FIRST} and ${LAST} were all in use`);
}

async function reserve(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.unref();
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

async function isFree(port: number): Promise<boolean> {
  const server: Server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return false; // taken: its reservation stays with this process and harms nobody
  }
  server.close();
  await once(server, 'close');
  return true;
}
