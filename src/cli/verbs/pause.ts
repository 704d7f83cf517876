import type { Verb } from '../command.ts';
import { sendCommand } from '../send-command.ts';

export const run: Verb['run'] = (invocation) => sendCommand(invocation, 'pause');
