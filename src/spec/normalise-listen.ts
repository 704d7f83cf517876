import { resolve } from 'node:path';
import type { CertificateFiles, ListenSpec } from '../core/service-spec.ts';
import type { FileListen } from './schema/listen.ts';

/** `folder`: that of the teal.yaml, to which files are relative. */
export function normaliseListen(
  {
    port,
    address = '::',
    host,
    path = '/',
    tls,
    redirect,
    trust,
    'proxy-protocol': proxyProtocol,
  }: FileListen,
  folder: string,
): ListenSpec {
  const certificates = tls === undefined ? [] : [tls].flat().map((files) => absolute(files, folder));
  return {
    port,
    address,
    host: host ?? null,
    path,
    ...(certificates.length === 0 ? {} : { tls: { certificates } }),
    ...(redirect === undefined ? {} : { redirect }),
    ...(trust === undefined ? {} : { trust }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
  };
}

const absolute = ({ cert, key }: CertificateFiles, folder: string): CertificateFiles => ({
  cert: resolve(folder, cert),
  key: resolve(folder, key),
});
