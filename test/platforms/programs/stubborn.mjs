// Ignores SIGTERM, and so does its child; both pids are in the answer. Started through a shell, it is a grandchild itself.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

process.on('SIGTERM', () => console.log('no'));
const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
createServer((_, res) => res.end(JSON.stringify([process.pid, child.pid]))).listen(
  Number(process.env.PORT),
  process.env.HOST,
);
