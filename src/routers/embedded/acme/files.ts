import { join } from 'node:path';
import type { CertificateFiles, ListenSpec } from '../../../core/service/service-spec.ts';

/** Where the files of one ordered certificate are, under the router's folder for ACME. */
export interface AcmeFiles {
  readonly folder: string;
  /** Key, certificate and chain in one file: two could not be replaced at once. */
  readonly pem: string;
  /** What is known of the last order, if that did not end well. */
  readonly attempt: string;
  /** Key of the account, one for each authority. */
  readonly account: string;
}

export function acmeFiles(root: string, directory: string, host: string): AcmeFiles {
  const folder = join(root, directory.replace(/^https?:\/\//, '').replace(/[^A-Za-z0-9.-]+/g, '_'));
  const name = encodeURIComponent(host);
  return {
    folder,
    pem: join(folder, `${name}.pem`),
    attempt: join(folder, `${name}.json`),
    account: join(folder, 'account.key'),
  };
}

/** As the listener sees it: an ordered certificate is a file like any other. */
export function withOrdered(listen: ListenSpec, root: string): ListenSpec {
  const { host, tls } = listen;
  if (tls?.acme === undefined || host === null) return listen;
  const { pem } = acmeFiles(root, tls.acme.directory, host);
  const ordered: CertificateFiles = { cert: pem, key: pem };
  return { ...listen, tls: { ...tls, certificates: [...tls.certificates, ordered] } };
}
