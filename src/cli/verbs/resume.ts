import type { Verb } from '../commands/command.ts';
import { sendCommand } from '../send-command.ts';

export const run: Verb['run'] = (invocation) => sendCommand(invocation, 'resume');
