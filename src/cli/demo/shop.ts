import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a version of the demo's shop does. */
export interface Version {
  readonly name: string;
  /** Share of requests that end with 500. */
  readonly failRate?: number;
  /** What its page says; the checks look for "Welcome". */
  readonly title?: string;
}

/** The project of a small shop: real files that a real release is made of. */
export interface ShopProject {
  readonly folder: string;
  /** Changes the code and the configuration, as a developer would before a deploy. */
  become(version: Version, settings: readonly string[]): Promise<void>;
}

export async function createShop(folder: string, port: number): Promise<ShopProject> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'server.mjs'), SERVER);
  return {
    folder,
    async become(version, settings) {
      await writeFile(join(folder, 'version.json'), `${JSON.stringify(version, null, 2)}\n`);
      await writeFile(join(folder, 'teal.yaml'), [...configuration(port), ...settings, ''].join('\n'));
    },
  };
}

const configuration = (port: number): string[] => [
  'service: shop',
  `run: exec '${process.execPath}' server.mjs`,
  'ready: { http: GET /healthz, every: 200ms }',
  `listen: { port: ${port}, address: 127.0.0.1 }`,
  'instances: 2',
  // A daemon that runs as root asks for this, so that nobody runs a service as root by accident.
  ...(process.getuid?.() === 0 ? ['user: root'] : []),
];

/** The shop itself; `failRate` is kept to by a counter, so that the share is exact. */
const SERVER = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const version = JSON.parse(readFileSync(new URL('./version.json', import.meta.url), 'utf8'));
let owed = 0;
const server = createServer((request, response) => {
  request.resume();
  const headers = { 'content-type': 'text/html', 'x-version': version.name };
  if (request.url === '/healthz') return response.writeHead(200, headers).end('ok');
  owed += version.failRate ?? 0;
  if (owed >= 1) {
    owed -= 1;
    return response.writeHead(500, headers).end('Something went wrong');
  }
  response.writeHead(200, headers).end(\`<h1>\${version.title ?? 'Welcome to the shop'}</h1> \${version.name}\\n\`);
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
