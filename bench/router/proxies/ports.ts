import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { eventually, freePort } from '../../../test/routers/support.ts';

/** Two free ports: in the clear, and by TLS. */
export const twoPorts = async (): Promise<[number, number]> => [await freePort(), await freePort()];

/** Resolves once something listens there. */
export const listening = (port: number): Promise<boolean> =>
  eventually(`port ${port} listens`, () => {
    return new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  });

/** Whether a program can be started. */
export const runs = (command: string, flag: string): boolean =>
  spawnSync(command, [flag], { stdio: 'ignore' }).error === undefined;
