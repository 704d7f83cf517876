import { stat } from 'node:fs/promises';
import { TealError } from '../../core/error.ts';
import type { CertificateFiles, ListenSpec } from '../../core/service/service-spec.ts';
import { expiryOf, readCertificate } from '../../system/certificate.ts';
import { type Finding, finding, ok } from './finding.ts';

/** Whether the certificates of a service can be used, for how long, and whether their keys are kept to oneself. */
export async function certificates(
  service: string,
  { tls }: Pick<ListenSpec, 'tls'>,
  now: number,
): Promise<Finding[]> {
  const found = await Promise.all((tls?.certificates ?? []).map((files) => certificate(service, files, now)));
  return found.flat();
}

async function certificate(service: string, files: CertificateFiles, now: number): Promise<Finding[]> {
  const what = `Certificate of ${service}`;
  try {
    const read = await readCertificate(files);
    const expiry = expiryOf(read, now);
    const until = new Date(read.validTo).toISOString().slice(0, 10);
    const renew = 'Renew it; the router takes up the new files by itself.';
    const state = read.validTo <= now ? 'broken' : 'warn';
    const shown =
      expiry === null
        ? ok(what, `${files.cert}, good until ${until}`)
        : finding(state, what, `${files.cert} ${expiry}`, renew);
    return [shown, ...(await openKey(what, files.key))];
  } catch (error) {
    if (!(error instanceof TealError)) throw error;
    const detail = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
    return [finding('broken', what, detail, error.fix ?? 'Correct `listen.tls` in teal.yaml.')];
  }
}

/** The port at which authorities ask, whatever the service's own ports are (RFC 8555, 8.3). */
const CHALLENGED = 80;

/**
 * Whether the router can answer the authority of whom a service orders its certificate. `plain`: ports without TLS of all
 * services of the file.
 */
export function challenge(
  service: string,
  { tls }: Pick<ListenSpec, 'tls'>,
  plain: ReadonlySet<number>,
): Finding[] {
  if (tls?.acme === undefined) return [];
  const what = `Certificate of ${service}`;
  const { host } = new URL(tls.acme.directory);
  if (plain.has(CHALLENGED)) return [ok(what, `ordered from ${host}, which asks at port ${CHALLENGED}`)];
  return plain.size === 0
    ? [
        finding(
          'broken',
          what,
          `${host} asks at port ${CHALLENGED}, and nothing listens without TLS`,
          `Add redirect: ${CHALLENGED} to \`listen\`.`,
        ),
      ]
    : [
        finding(
          'warn',
          what,
          `${host} asks at port ${CHALLENGED}, and without TLS there is only ${[...plain].join(', ')}`,
          `Let something lead port ${CHALLENGED} there, or add redirect: ${CHALLENGED} to \`listen\`.`,
        ),
      ];
}

/** Whoever reads the key can pretend to be the service. */
async function openKey(what: string, path: string): Promise<Finding[]> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return [];
  const shown = (mode & 0o777).toString(8);
  return [finding('warn', what, `${path} has mode ${shown}: others may read the key`, `chmod 600 ${path}`)];
}
