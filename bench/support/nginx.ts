import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** nginx as a proxy with one worker, adding what Teal's router adds. */
export interface Nginx {
  readonly worker: number;
  stop(): Promise<void>;
}

/** Whether there is an nginx on this machine. */
export const hasNginx = (): boolean => spawnSync('nginx', ['-v']).error === undefined;

export async function startNginx(
  folder: string,
  port: number,
  backend: number,
  core: number,
): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  const pidFile = join(folder, 'nginx.pid');
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${pidFile}; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream app { server 127.0.0.1:${backend}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`,
  );
  const child: ChildProcess = spawn('taskset', ['-c', String(core), 'nginx', '-p', folder, '-c', config], {
    stdio: 'ignore',
  });
  const master = child.pid!;
  for (let turn = 0; turn < 200; turn += 1) {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'latin1').trim();
    if (children !== '') {
      return {
        worker: Number(children.split(' ')[0]),
        async stop() {
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nginx did not start: see ${folder}/error.log`);
}
