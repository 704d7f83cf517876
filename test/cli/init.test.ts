import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { initProject } from '../../src/cli/init/index.ts';
import { loadSpecFile } from '../../src/spec/index.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A project of these files, in a folder called `Shop Front`. */
async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'teal-init-'));
  folders.push(parent);
  const root = join(parent, 'Shop Front');
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

/** Writes the file, and reads it as `teal deploy` will. */
async function init(files: Readonly<Record<string, string>>) {
  const root = await project(files);
  const { detected, path, text } = await initProject(root);
  expect(await readFile(path, 'utf8')).toBe(text);
  const { services } = await loadSpecFile(root);
  expect(services).toHaveLength(1);
  return { detected, text, spec: services[0]! };
}

test('Node with a plain start script, a lock file and a readiness path', async () => {
  const { spec, detected } = await init({
    'package.json': JSON.stringify({
      name: '@acme/shop',
      scripts: { start: 'node src/server.js' },
      dependencies: { express: '5' },
    }),
    'package-lock.json': '{}',
    'src/server.js': "app.get('/healthz', (req, res) => res.end('ok'));\n",
    'node_modules/express/index.js': "app.get('/ready')",
  });
  expect(detected).toMatchObject({ kind: 'node', because: 'package.json with a start script' });
  expect(spec).toMatchObject({
    service: 'shop',
    run: 'node src/server.js',
    build: 'npm ci --omit=dev',
    ready: { kind: 'http', method: 'GET', path: '/healthz' },
    listen: { port: 8080 },
    strategy: { kind: 'canary' },
  });
});

test('Node with a build and another package manager', async () => {
  const { spec } = await init({
    'package.json': JSON.stringify({
      scripts: { start: 'NODE_ENV=production next start -p $PORT', build: 'next build' },
    }),
    'pnpm-lock.yaml': '',
  });
  expect(spec).toMatchObject({
    service: 'shop-front',
    run: 'pnpm start',
    build: 'pnpm install --frozen-lockfile && pnpm run build',
    ready: { kind: 'tcp' },
  });
});

test('Node by its main file, and by a server.js alone', async () => {
  const byMain = await init({ 'package.json': '{"name": "api", "main": "lib/api.js"}', 'lib/api.js': '' });
  expect(byMain.spec).toMatchObject({ service: 'api', run: 'node lib/api.js', build: null });
  expect((await init({ 'server.js': '' })).spec).toMatchObject({ run: 'node server.js', build: null });
});

test('a package.json that is no JSON is an error of its own', async () => {
  await expect(initProject(await project({ 'package.json': '{' }))).rejects.toMatchObject({
    code: 'E_INIT_UNREADABLE',
  });
});

test('a Procfile decides, its release process runs before, other processes are mentioned', async () => {
  const { spec, text } = await init({
    Procfile:
      'web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT\nworker: celery -A shop worker\nrelease: python manage.py migrate\n',
    'requirements.txt': 'django\ngunicorn\n',
    'manage.py': '',
    'shop/urls.py': "path('healthz/', health)",
  });
  expect(spec).toMatchObject({
    run: 'gunicorn shop.wsgi --bind 0.0.0.0:$PORT',
    build: 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt',
    ready: { kind: 'http', path: '/healthz/' },
    hooks: { 'before-prepare': { run: 'python manage.py migrate' } },
  });
  expect(text).toContain("The Procfile's worker process is not in here");
});

test('a Procfile without web is a worker', async () => {
  const { spec } = await init({ Procfile: 'clock: ./clock --every 1m\n' });
  expect(spec).toMatchObject({
    run: './clock --every 1m',
    listen: null,
    strategy: { by: 'instances' },
    instances: 2,
  });
});

test.each([
  [
    'FastAPI',
    {
      'requirements.txt': 'fastapi\nuvicorn\n',
      'app/main.py': 'app = FastAPI(title="x")\n@app.get("/health")\n',
    },
    '.venv/bin/python -m uvicorn app.main:app --host "$HOST" --port "$PORT"',
    '/health',
  ],
  [
    'Flask with gunicorn',
    { 'requirements.txt': 'flask\ngunicorn\n', 'app.py': "api = Flask(__name__)\n@api.route('/up')\n" },
    '.venv/bin/python -m gunicorn app:api --bind "$HOST:$PORT"',
    '/up',
  ],
  [
    'Flask alone',
    {
      'pyproject.toml': '[project]\nname = "x"\ndependencies = ["flask"]\n',
      'app.py': "app: Flask = Flask(__name__)\n'/_health'\n",
    },
    '.venv/bin/python -m flask --app app:app run --host "$HOST" --port "$PORT"',
    '/_health',
  ],
  [
    'Django with gunicorn',
    {
      'requirements.txt': 'Django\ngunicorn\n',
      'manage.py': '',
      'shop/wsgi.py': '',
      'shop/urls.py': '"readyz"',
    },
    '.venv/bin/python -m gunicorn shop.wsgi --bind "$HOST:$PORT"',
    '/readyz',
  ],
  [
    'Django alone',
    { 'manage.py': '"/ready"' },
    'python3 manage.py runserver --noreload "$HOST:$PORT"',
    '/ready',
  ],
  ['a main file and nothing else', { 'app.py': 'if path == "/healthz":\n' }, 'python3 app.py', '/healthz'],
  [
    'Flask without requirements',
    { 'server.py': 'app = Flask(__name__)\n@app.get("/ready")\n' },
    'python3 -m flask --app server:app run --host "$HOST" --port "$PORT"',
    '/ready',
  ],
])('Python: %s', async (_, files, run, path) => {
  const { spec, detected } = await init(files);
  expect(detected.kind).toBe('python');
  expect(spec.run).toBe(run);
  expect(spec.ready).toMatchObject({ kind: 'http', path });
});

test('Go in the root, and under cmd/', async () => {
  const root = await init({
    'go.mod': 'module example.com/shop/v2\n\ngo 1.25\n',
    'main.go': 'package main\n',
    'http.go': 'mux.HandleFunc("GET /healthz", ok)',
  });
  expect(root.spec).toMatchObject({
    service: 'shop',
    build: 'go build -o bin/shop .',
    run: './bin/shop',
    ready: { path: '/healthz' },
  });
  const under = await init({
    'go.mod': 'module shop\n',
    'cmd/migrate/main.go': 'package main\n',
    'cmd/shop/main.go': 'package main\n',
  });
  expect(under.spec).toMatchObject({ build: 'go build -o bin/shop ./cmd/shop' });
});

test('a Dockerfile: the last stage, its exposed port, and a note', async () => {
  const { spec, text } = await init({
    Dockerfile: [
      'FROM golang AS build',
      'CMD ["never"]',
      'FROM debian',
      'EXPOSE 3000/tcp',
      'ENTRYPOINT ["/srv/shop", "--name", "two words"]',
      '# CMD no',
      'CMD ["--port", \\',
      '  "3000"]',
    ].join('\n'),
  });
  expect(spec).toMatchObject({ run: "/srv/shop --name 'two words' --port 3000", listen: { port: 3000 } });
  expect(text).toContain('run without a container');
});

test('a Dockerfile beside a package.json gives only the port; one below 1024 is not taken', async () => {
  const manifest = { 'package.json': '{"scripts": {"start": "node ."}}' };
  expect((await init({ ...manifest, Dockerfile: 'FROM node\nEXPOSE 3000\n' })).spec.listen?.port).toBe(3000);
  expect((await init({ ...manifest, Dockerfile: 'FROM node\nEXPOSE 80\n' })).spec.listen?.port).toBe(8080);
});

test('static files', async () => {
  const { spec, detected } = await init({ 'public/index.html': '<h1>Shop</h1>' });
  expect(detected.kind).toBe('static');
  expect(spec).toMatchObject({
    run: 'python3 -m http.server "$PORT" --bind "$HOST" --directory public',
    ready: { kind: 'http', path: '/' },
  });
});

test('an unknown project gets a file to fill in', async () => {
  const { detected, text } = await init({ 'README.md': '# Shop' });
  expect(detected).toMatchObject({ kind: 'unknown', because: null });
  expect(text).toContain('did not recognise');
});

test('commands that YAML would read otherwise are quoted', async () => {
  const { spec } = await init({ Procfile: 'web: "./my server" --label a: b # not a comment\n' });
  expect(spec.run).toBe('"./my server" --label a: b # not a comment');
});

test('what is commented out is valid too', async () => {
  const root = await project({ 'server.js': "'/healthz'" });
  const { path, text } = await initProject(root);
  await writeFile(
    path,
    text
      .replace(/^# ((?:checks|instances|build|ready):.*)$/gm, '$1')
      .replace(/^# {3}-/gm, '  -')
      .replace(/^#( {3}-)/gm, '$1'),
  );
  const { services } = await loadSpecFile(path);
  expect(services[0]?.checks).toHaveLength(2);
  expect(services[0]).toMatchObject({ instances: 2, build: 'make' });
});

test('never overwrites', async () => {
  for (const name of ['teal.yaml', 'teal.yml']) {
    const root = await project({ 'server.js': '', [name]: 'mine' });
    await expect(initProject(root)).rejects.toMatchObject({ code: 'E_INIT_EXISTS', exitCode: 2 });
    expect(await readFile(join(root, name), 'utf8')).toBe('mine');
  }
});

test('a folder that is not there', async () => {
  const root = await project({});
  await expect(initProject(join(root, 'nope'))).rejects.toMatchObject({ code: 'E_INIT_NO_FOLDER' });
});
