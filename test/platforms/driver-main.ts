// A daemon's part of the platform as a process of its own: applies the order in its last argument and stays.
import { processPlatform } from '../../src/platforms/process/driver.ts';
import { defaultHome } from '../../src/system/home.ts';
import { createLogger } from '../../src/system/log.ts';
import { SUPERVISOR_ARGV } from './process-subject.ts';

const log = createLogger('driver', 'fatal');
const platform = processPlatform({ home: defaultHome(), log, supervisorArgv: SUPERVISOR_ARGV });
await platform.apply(JSON.parse(process.argv.at(-1)!));
console.log('applied');
