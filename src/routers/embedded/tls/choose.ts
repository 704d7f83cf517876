import type { Certificate } from '../../../system/certificate.ts';

/**
 * Of the certificates that are good for this host one that names it, else one that covers it by a wildcard; else the
 * first. null where there is none at all.
 */
export function chooseCertificate<T extends Pick<Certificate, 'leaf'>>(
  certificates: readonly T[],
  host: string,
): T | null {
  const name = host.toLowerCase();
  let covering: T | null = null;
  for (const certificate of certificates) {
    const matched = certificate.leaf.checkHost(name);
    if (matched === undefined) continue;
    if (matched.toLowerCase() === name) return certificate;
    covering ??= certificate;
  }
  return covering ?? certificates[0] ?? null;
}
