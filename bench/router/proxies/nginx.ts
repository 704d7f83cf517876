import { mkdirSync, writeFileSync } from 'node:fs';
import { end, PROXY_CORE, pinned } from '../pinned.ts';
import { listening, runs, twoPorts } from './ports.ts';
import { type Peer, type Setting, SPAN } from './proxy.ts';

/** nginx with one worker. */
export const nginx: Peer = {
  name: 'nginx',
  missing: () => (runs('nginx', '-v') ? null : 'apt-get install nginx'),
  async start(setting) {
    const { folder } = setting;
    const [port, securePort] = await twoPorts();
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/nginx.conf`, configuration(setting, port, securePort));
    const master = pinned(
      PROXY_CORE,
      'nginx',
      ['-p', folder, '-c', `${folder}/nginx.conf`],
      process.env,
      'ignore',
    );
    await listening(port);
    return { name: 'nginx', port, securePort, pid: master.pid!, stop: () => end(master) };
  },
};

const configuration = ({ folder, instance, cert, key }: Setting, port: number, securePort: number) => `
worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_rlimit_nofile 20000;
events { worker_connections 19000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/temp;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream app { server 127.0.0.1:${instance}; keepalive 256; keepalive_requests 1000000000; }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${securePort} ssl http2 backlog=4096;
    http2_max_requests 1000000000;
    ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;
    location / {
      proxy_pass http://app; proxy_http_version 1.1;
      proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Request-Id $request_id; proxy_set_header traceparent 00-$request_id-${SPAN}-01;
    }
  }
}
`;
