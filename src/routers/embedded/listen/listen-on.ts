import type { AddressInfo, Server } from 'node:net';
import type { OpenSocket } from './listeners.ts';

/** Connections that may wait to be accepted. */
export const BACKLOG = 4096;

/** Listens on a socket of this process's own. `::` means every address, also where the machine has no IPv6. */
export const listenOn: OpenSocket = async (server, { address, port }) => {
  try {
    return await open(server, address, port);
  } catch (error) {
    if (address !== '::' || (error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error;
    return open(server, '0.0.0.0', port);
  }
};

function open(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
