import type { ListenSpec } from '../../../core/service/service-spec.ts';

/** A certificate that services want to be ordered. */
export interface Wish {
  readonly host: string;
  readonly directory: string;
  readonly caFile: string | null;
  readonly email: string;
}

/** What the whole table wants. */
export interface Wishes {
  /** One for each host and authority, by {@link wishKey}. */
  readonly certificates: ReadonlyMap<string, Wish>;
  /** Whether anybody listens without TLS, where alone challenges can be answered. */
  readonly answerable: boolean;
}

/** null: this listener wants none. */
export function wishKey({ host, tls }: ListenSpec): string | null {
  return tls?.acme === undefined || host === null ? null : `${tls.acme.directory}\n${host}`;
}

export function wishesOf(listens: readonly ListenSpec[]): Wishes {
  const certificates = new Map<string, Wish>();
  for (const listen of listens) {
    const key = wishKey(listen);
    if (key !== null && !certificates.has(key))
      certificates.set(key, { host: listen.host!, ...listen.tls!.acme! });
  }
  const answerable = listens.some(({ tls, redirect }) => tls === undefined || redirect !== undefined);
  return { certificates, answerable };
}
