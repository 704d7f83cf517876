import { once } from 'node:events';
import { chmod, chown, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';

/** A running API. */
export interface ApiServer {
  /** Takes nothing new, ends open connections, removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves on a Unix socket that only its owner can open, and the members of `group` (a group's id) where it is given. A socket that a dead daemon left is replaced; that no living one
 * has it is the home lock's business.
 */
export async function serveApi(
  app: Hono,
  socketPath: string,
  group: number | null = null,
): Promise<ApiServer> {
  await unlink(socketPath).catch(ignoreMissing);
  const server = createServer(getRequestListener(app.fetch));
  server.keepAliveTimeout = 60_000;
  await listen(server, socketPath, group);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The socket comes into being with its mode: between `bind` and a `chmod` anybody could connect. */
async function listen(server: Server, socketPath: string, group: number | null): Promise<void> {
  const listening = once(server, 'listening');
  const before = process.umask(0o177);
  server.listen(socketPath); // binds before it returns, and says so later
  process.umask(before);
  await listening;
  if (group !== null) await chown(socketPath, process.getuid!(), group);
  await chmod(socketPath, group === null ? 0o600 : 0o660);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
