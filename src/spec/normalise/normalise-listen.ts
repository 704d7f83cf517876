import { resolve } from 'node:path';
import type { CertificateFiles, ListenSpec, TlsSpec } from '../../core/service/service-spec.ts';
import type { FileListen } from '../schema/listen.ts';
import { DEFAULT_DIRECTORY, type FileTls } from '../schema/tls.ts';

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
  return {
    port,
    address,
    host: host ?? null,
    path,
    ...(tls === undefined ? {} : { tls: normaliseTls(tls, folder) }),
    ...(redirect === undefined ? {} : { redirect }),
    ...(trust === undefined ? {} : { trust }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
  };
}

function normaliseTls(tls: FileTls, folder: string): TlsSpec {
  if (!('acme' in tls)) return { certificates: [tls].flat().map((files) => absolute(files, folder)) };
  const { email, directory = DEFAULT_DIRECTORY, 'ca-file': caFile } = tls.acme;
  return {
    certificates: [],
    acme: { email, directory, caFile: caFile === undefined ? null : resolve(folder, caFile) },
  };
}

const absolute = ({ cert, key }: CertificateFiles, folder: string): CertificateFiles => ({
  cert: resolve(folder, cert),
  key: resolve(folder, key),
});
