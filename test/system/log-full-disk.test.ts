import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const logModule = fileURLToPath(new URL('../../src/system/log.ts', import.meta.url));

test.runIf(existsSync('/dev/full'))('a log on a full disk ends no process', async () => {
  const full = openSync('/dev/full', 'w');
  const script = `
    const { createLogger } = await import(${JSON.stringify(logModule)});
    const log = createLogger('test', 'info');
    const line = 'x'.repeat(100_000);
    for (let i = 0; i < 30; i++) log.error(line);
    setTimeout(() => console.log('alive'), 50);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', full],
  });
  closeSync(full);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, output }).toEqual({ code: 0, output: 'alive\n' });
});
