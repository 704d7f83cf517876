/** What a router of another protocol does first when it is started to take over. */
import { openChannel } from '../../../src/system/channel.ts';

const old = openChannel(process, 'the router before', { retreat: () => process.exit(1) });
await old.call('hello', { protocol: 0, version: '0.0.1' }).catch(() => undefined); // refused: it is told to go
