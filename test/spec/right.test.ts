import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { HTTP_DEFAULTS } from '../../src/core/service/http-spec.ts';
import type { ServiceSpec } from '../../src/core/service/service-spec.ts';
import { loadSpecFile, parseSpec, specErrors, withStrategy } from '../../src/spec/index.ts';

const folder = join(import.meta.dirname, 'right');
const servicesOf = async (name: string) => (await loadSpecFile(join(folder, name))).services;
const canarySteps = (...weights: number[]) => weights.map((weight) => ({ weight, for: null, approve: null }));

const SIMPLE: ServiceSpec = {
  service: 'shop',
  run: 'node server.js',
  source: folder,
  build: null,
  env: {},
  instances: 1,
  ready: { kind: 'http', method: 'GET', path: '/healthz', every: 1000, timeout: 2000, within: 60_000 },
  stop: { signal: 'SIGTERM', within: 30_000 },
  listen: { port: 8080, address: '::', host: null, path: '/' },
  platform: 'process',
  router: 'embedded',
  strategy: {
    kind: 'canary',
    by: 'clients',
    steps: canarySteps(100, 500, 2500, 5000, 10_000),
    pace: 'evidence',
    identify: { kind: 'auto' },
    always: null,
  },
  judge: {
    errors: { tolerate: 1.25, floor: 0.001 },
    latency: { limits: [], thanStable: [0.5, 0.95, 0.99], tolerate: 1.25, floor: 50, warmUp: 10_000 },
    alphaHarm: 0.01,
    alphaSafe: 0.05,
    budget: 10,
    alphaBudget: 0.05,
    alphaBake: 0.001,
    longestWait: 1_800_000,
  },
  checks: [],
  hooks: {},
  dwell: 30_000,
  bake: 600_000,
  onAlarm: 'retreat',
  keep: 600_000,
  user: null,
  metrics: [],
  freeze: [],
  keepReleases: 5,
  http: HTTP_DEFAULTS,
  hold: 2000,
  drain: 30_000,
  fallback: 60_000,
  skew: { paths: 'hashed', pin: 0 },
};

test('the simple case has the defaults of a careful operator', async () => {
  expect(await servicesOf('simple.yaml')).toEqual([SIMPLE]);
});

test('a worker goes by instances, and is ready once it lives', async () => {
  expect(await servicesOf('worker.yaml')).toEqual([
    {
      ...SIMPLE,
      service: 'mailer',
      run: './mailer',
      listen: null,
      env: { VERSION: { value: '1.10' }, DEBUG: { value: 'true' } },
      ready: { kind: 'command', command: 'true', every: 1000, timeout: 2000, within: 60_000 },
      strategy: { ...SIMPLE.strategy, by: 'instances', pace: 'fixed' },
      judge: { ...SIMPLE.judge, latency: null },
      keep: 0,
    },
  ]);
});

test('several services share by anchors and merge keys', async () => {
  const shop = { ...SIMPLE, run: './shop', drain: 5000, ready: { ...timing, kind: 'tcp' } };
  expect(await servicesOf('several.yaml')).toEqual([
    { ...shop, listen: { port: 80, address: '::', host: 'shop.example.com', path: '/' } },
    {
      ...shop,
      service: 'api',
      run: './api',
      listen: { port: 80, address: '::', host: 'shop.example.com', path: '/api' },
    },
    {
      ...shop,
      service: 'blog',
      run: './blog',
      drain: 30_000,
      listen: { port: 8081, address: '127.0.0.1', host: null, path: '/' },
      strategy: { kind: 'blue-green', approve: null, identify: { kind: 'auto' }, always: null },
      onAlarm: 'rollback',
    },
  ]);
});

const timing = { every: 1000, timeout: 2000, within: 60_000 };
const range = (from: number) => Array.from({ length: 100 }, (_, i) => from + i);

test('all keys', async () => {
  const [spec] = await servicesOf('all-keys.yaml');
  expect(spec).toEqual({
    ...SIMPLE,
    build: 'npm ci && npm run build',
    env: {
      NODE_ENV: { value: 'production' },
      KEY: { from: 'file:/run/secrets/key' },
      URL: { from: 'env:SHOP_URL' },
    },
    instances: 2,
    ready: {
      kind: 'http',
      method: 'GET',
      path: '/healthz',
      protocol: 'h2c',
      every: 500,
      timeout: 1000,
      within: 90_000,
    },
    stop: { signal: 'SIGINT', within: 10_000 },
    listen: {
      port: 8443,
      address: '127.0.0.1',
      host: 'shop.example.com',
      path: '/shop',
      tls: {
        certificates: [
          { cert: join(folder, 'shop.pem'), key: join(folder, 'shop.key') },
          { cert: '/etc/ssl/blog.pem', key: '/etc/ssl/blog.key' },
        ],
      },
      trust: ['10.0.0.0/8'],
      proxyProtocol: true,
      redirect: 8080,
    },
    strategy: {
      kind: 'canary',
      by: 'clients',
      steps: [
        { weight: 200, for: null, approve: null },
        { weight: 1000, for: 300_000, approve: null },
        { weight: 5000, for: null, approve: { within: 86_400_000, otherwise: 'abort' } },
        { weight: 7500, for: null, approve: { within: 3_600_000, otherwise: 'continue' } },
        { weight: 10_000, for: null, approve: null },
      ],
      pace: 'fixed',
      identify: { kind: 'header', name: 'x-user-id' },
      always: { name: 'x-employee', value: 'yes' },
    },
    judge: {
      errors: { tolerate: 1.5, floor: 0.005 },
      latency: {
        limits: [
          { quantile: 0.95, within: 200 },
          { quantile: 0.999, within: 2_000 },
        ],
        thanStable: [0.5],
        tolerate: 1.5,
        floor: 20,
        warmUp: 0,
      },
      alphaHarm: 0.005,
      alphaSafe: 0.02,
      budget: 25,
      alphaBudget: 0.1,
      alphaBake: 0.0005,
      longestWait: 3_600_000,
    },
    checks: [
      {
        name: 'get-root',
        when: ['verify', 'bake'],
        after: [],
        within: 60_000,
        retries: 0,
        kind: 'http',
        requests: [
          {
            method: 'GET',
            path: '/',
            headers: { Accept: 'text/html', 'X-Number': '1.0' },
            body: null,
            timeout: 10_000,
            expect: {
              status: [200, ...range(300)],
              headers: {
                'Content-Type': { kind: 'matches', pattern: 'html', flags: 'i' },
                'X-Frame-Options': { kind: 'equals', value: 'DENY' },
              },
              body: [
                { kind: 'contains', value: 'Welcome' },
                { kind: 'matches', pattern: 'Shop \\d+', flags: '' },
                { kind: 'equals', value: 'ok' },
                { kind: 'contains', value: 'o' },
                { kind: 'matches', pattern: 'k$', flags: '' },
                { kind: 'json', path: '$.status', equals: 'ok' },
                { kind: 'json', path: '$.items[0].n', equals: 1 },
              ],
            },
            capture: {},
          },
        ],
      },
      {
        name: 'checkout',
        when: ['verify', 'bake'],
        after: ['get-root'],
        within: 120_000,
        retries: 1,
        kind: 'http',
        requests: [
          {
            method: 'POST',
            path: '/login',
            headers: {},
            body: '{"user":"test"}',
            timeout: 3000,
            expect: { status: range(200), headers: {}, body: [] },
            capture: {
              token: { kind: 'json', path: '$.token' },
              next: { kind: 'header', name: 'location' },
              id: { kind: 'matches', pattern: 'id=(\\d+)', flags: '' },
            },
          },
          {
            method: 'GET',
            path: '/cart',
            headers: { Authorization: 'Bearer {{token}}' },
            body: null,
            timeout: 10_000,
            expect: { status: range(200), headers: {}, body: [{ kind: 'json', path: '$.total' }] },
            capture: {},
          },
        ],
      },
      {
        name: 'npm-run-e2e',
        when: ['verify'],
        after: [],
        within: 600_000,
        retries: 0,
        kind: 'run',
        command: 'npm run e2e',
      },
      {
        name: 'load',
        when: ['verify'],
        after: ['checkout', 'npm-run-e2e'],
        within: 109_000,
        retries: 0,
        kind: 'load',
        method: 'POST',
        path: '/search',
        headers: { 'Content-Type': 'text/plain' },
        body: 'shoes',
        rate: 50,
        for: 20_000,
        warmUp: 2000,
        timeout: 5000,
        p50: 50,
        p95: 200,
        p99: 300,
        errors: 0.001,
        thanStable: 1.2,
      },
    ],
    hooks: {
      'before-prepare': { run: './migrate.sh', within: 1_200_000, pointOfNoReturn: true },
      'after-promote': { run: './announce.sh', within: 600_000, pointOfNoReturn: false },
    },
    dwell: 45_000,
    bake: 1_200_000,
    onAlarm: 'hold',
    keep: 3_600_000,
    user: 'app',
    metrics: [
      { name: 'checkout', run: './count.sh', every: 5000, within: 4000, tolerate: 2, floor: 0.01 },
      { name: 'search', run: './search.sh', every: 10_000, within: 10_000, tolerate: 1.5, floor: 0.005 },
    ],
    freeze: [
      {
        text: 'Fri 16:00 - Mon 08:00 Europe/Berlin',
        fromDay: 5,
        fromMinute: 960,
        toDay: 1,
        toMinute: 480,
        timeZone: 'Europe/Berlin',
      },
      {
        text: 'Wednesday 12:00 - Wednesday 24:00',
        fromDay: 3,
        fromMinute: 720,
        toDay: 3,
        toMinute: 1440,
        timeZone: 'UTC',
      },
    ],
    keepReleases: 9,
    http: {
      limits: {
        headerSize: 32_768,
        headerLines: 100,
        url: 4096,
        body: null,
        time: 60_000,
        requests: null,
        connections: 50,
        concurrency: 40,
      },
      trace: false,
      via: true,
      slowStart: 60_000,
      errorPage: 'public/error.html',
      accessLog: 0.01,
      protocol: 'h2c',
    },
    hold: 500,
    drain: 60_000,
    fallback: 90_000,
  });
});

test('what is normalised survives JSON, as a release stores it', async () => {
  const services = await servicesOf('all-keys.yaml');
  expect(JSON.parse(JSON.stringify(services))).toEqual(services);
});

test('a folder stands for the teal.yaml in it, and source is relative to the file', () => {
  const [spec] = parseSpec('service: a\nrun: ./a\nsource: ../b\n', '/srv/shop/teal.yaml');
  expect(spec?.source).toBe(join(dirname('/srv/shop'), 'b'));
});

test('blue-green keep may stand in the strategy, and no bake is 0', () => {
  const text =
    'service: a\nrun: ./a\nlisten: 80\nbake: 0\nstrategy: { blue-green: { approve: true, keep: 1h } }\n';
  expect(specErrors(text, '/teal.yaml')).toEqual([]);
  expect(parseSpec(text, '/teal.yaml')[0]).toMatchObject({
    bake: 0,
    keep: 3_600_000,
    strategy: { kind: 'blue-green', approve: { within: 86_400_000, otherwise: 'abort' } },
  });
});

test('check names that are made of the same content are numbered', () => {
  const text =
    'service: a\nrun: ./a\nlisten: 80\nchecks: [{ http: GET / }, { http: GET / }, { name: get-root-2, run: x }]\n';
  const [spec] = parseSpec(text, '/teal.yaml');
  expect(spec?.checks.map((check) => check.name)).toEqual(['get-root', 'get-root-3', 'get-root-2']);
});

test('the other strategy comes with its defaults, and keeps who is who', async () => {
  const [spec] = await servicesOf('all-keys.yaml');
  const other = withStrategy(spec!, 'blue-green');
  expect(other.strategy).toEqual({
    kind: 'blue-green',
    approve: null,
    identify: { kind: 'header', name: 'x-user-id' },
    always: { name: 'x-employee', value: 'yes' },
  });
  expect(other.onAlarm).toBe('hold');
  expect(withStrategy(SIMPLE, 'blue-green').onAlarm).toBe('rollback');
  expect(withStrategy(SIMPLE, 'canary')).toBe(SIMPLE);
});
