import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificates, challenge } from '../../src/cli/doctor/certificates.ts';
import { expiryOf, isValid, readCertificate } from '../../src/system/certificate.ts';
import { makeCertificate } from '../support/make-certificate.ts';

const DAY = 86_400_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teal-certificate-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
async function files({ cert, key }: { cert: string; key: string }, mode = 0o600) {
  count += 1;
  const paths = { cert: join(folder, `${count}.pem`), key: join(folder, `${count}.key`) };
  await writeFile(paths.cert, cert);
  await writeFile(paths.key, key);
  await chmod(paths.key, mode);
  return paths;
}

test('reads a pair and says how long it is good', async () => {
  const long = await readCertificate(await files(makeCertificate(['a.test'], 40 * DAY)));
  expect(expiryOf(long, Date.now())).toBeNull();
  expect(expiryOf(long, Date.now() + 30 * DAY)).toMatch(/^expires on \d{4}-\d\d-\d\d$/);
  expect(expiryOf(long, Date.now() + 50 * DAY)).toMatch(/^expired on \d{4}-\d\d-\d\d$/);
  expect(expiryOf(long, Date.now() - 10 * DAY)).toMatch(/^is good only from \d{4}-\d\d-\d\d on$/);
  expect([-10, 0, 39, 41].map((days) => isValid(long, Date.now() + days * DAY))).toEqual([
    ...[false, true, true, false],
  ]);
});

test('says what is wrong with a pair', async () => {
  const made = makeCertificate(['a.test']);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const refusal = async (pair: { cert: string; key: string }) =>
    readCertificate(pair).then(
      () => null,
      (error: unknown) => error,
    );
  expect(await refusal({ cert: join(folder, 'none'), key: join(folder, 'none') })).toMatchObject({
    ...{ code: 'E_TLS_FILE', why: 'There is no such file.' },
  });
  expect(await refusal(await files({ ...made, key: makeCertificate(['b.test']).key }))).toMatchObject({
    code: 'E_TLS_MISMATCH',
  });
  expect(await refusal(await files({ ...made, cert: made.key }))).toMatchObject({
    code: 'E_TLS_CERTIFICATE',
  });
  expect(await refusal(await files({ ...made, key: made.cert }))).toMatchObject({
    code: 'E_TLS_CERTIFICATE',
  });
  const withPassphrase = await refusal(await files({ ...made, key: String(locked) }));
  expect(String(withPassphrase)).toContain('passphrase');
});

test('the doctor names what is expired, ends soon, does not fit, or is open to others', async () => {
  const findings = async (...pairs: { cert: string; key: string }[]) =>
    (await certificates('shop', { tls: { certificates: pairs } }, Date.now())).map(({ state, detail }) => [
      state,
      detail,
    ]);
  const good = await files(makeCertificate(['a.test']));
  const soon = await files(makeCertificate(['a.test'], 3 * DAY));
  const over = await files(makeCertificate(['a.test'], -DAY));
  const open = await files(makeCertificate(['a.test']), 0o644);
  expect(await findings(good, soon, over, open, { cert: good.cert, key: soon.key })).toEqual([
    ['ok', expect.stringContaining('good until')],
    ['warn', expect.stringContaining('expires on')],
    ['broken', expect.stringContaining('expired on')],
    ['ok', expect.stringContaining('good until')],
    ['warn', expect.stringContaining('has mode 644')],
    ['broken', expect.stringContaining('does not belong')],
  ]);
});

test('the doctor looks whether the authority of an ordered certificate can ask', () => {
  const acme = { email: 'ops@a.test', directory: 'https://ca.test/dir', caFile: null };
  const found = (...plain: number[]) =>
    challenge('shop', { tls: { certificates: [], acme } }, new Set(plain));
  expect(found(80)).toMatchObject([{ state: 'ok' }]);
  expect(found()).toMatchObject([{ state: 'broken', repair: 'Add redirect: 80 to `listen`.' }]);
  expect(found(8080)).toMatchObject([{ state: 'warn', detail: expect.stringContaining('only 8080') }]);
  expect(challenge('shop', {}, new Set())).toEqual([]);
});
