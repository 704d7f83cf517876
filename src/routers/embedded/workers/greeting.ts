import { TealError } from '../../../core/error.ts';
import type { Channel } from '../../../system/channel.ts';
import type { Speaks } from './protocol.ts';

/**
 * Asks a worker that has just begun which program it is: the files may have been replaced since its router began. Rejects with
 * E_ROUTER_OUTDATED where it is another than `speaks`, with E_UNREACHABLE where it does not answer within so many ms.
 */
export async function greet(channel: Channel, speaks: Speaks, within: number): Promise<void> {
  const other = await channel
    .call<Speaks>('hello', undefined, { within })
    .catch((error: unknown): Partial<Speaks> => {
      if (error instanceof TealError && error.code === 'E_UNREACHABLE') throw error;
      return {}; // it has never heard of greetings
    });
  if (other.protocol === speaks.protocol && other.version === speaks.version) return;
  throw new TealError('E_ROUTER_OUTDATED', "The router's files are of another version than the router", {
    why: `It is ${describe(speaks)}; a new worker would be ${describe(other)}.`,
    fix: 'Upgrade the router, which nobody notices: teal up',
  });
}

/** For people. */
export const describe = ({ version = 'unknown', protocol }: Partial<Speaks>): string =>
  `version ${version}${protocol === undefined ? '' : `, protocol ${protocol}`}`;
