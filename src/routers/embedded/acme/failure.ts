import { TealError } from '../../../core/error.ts';

/** Why there is no certificate: E_ACME_REFUSED, E_ACME_UNREACHABLE, E_ACME_BROKEN, E_ACME_TRUST or E_ACME_SLOW. */
export class AcmeFailure extends TealError {
  /** The last word of the authority's own error type, such as `unauthorized`; null: it said none. */
  readonly kind: string | null;
  /** It wants to be asked again only after so many ms; null: it does not say. */
  readonly retryAfter: number | null;

  constructor(
    code: `E_ACME_${string}`,
    message: string,
    { kind = null, retryAfter = null, ...rest }: AcmeFailureOptions,
  ) {
    super(code, message, rest);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

interface AcmeFailureOptions {
  readonly why: string;
  readonly fix: string;
  readonly kind?: string | null;
  readonly retryAfter?: number | null;
  readonly cause?: unknown;
}

const REACHABLE =
  'Let the name of the host lead to this machine, and its port 80 to a port of Teal without TLS (`listen.redirect`).';

/** What to do, by the types of RFC 8555, 6.7. */
const FIXES: Readonly<Record<string, string>> = {
  connection: REACHABLE,
  dns: REACHABLE,
  unauthorized: REACHABLE,
  incorrectResponse: REACHABLE,
  caa: 'Let the CAA records of the domain allow this authority.',
  invalidContact: 'Correct `email` in `listen.tls.acme`.',
  unsupportedContact: 'Correct `email` in `listen.tls.acme`.',
  rejectedIdentifier: 'Correct `listen.host`: the authority certifies no such name.',
  rateLimited: 'Nothing is to be done: Teal waits as long as the authority wants.',
  externalAccountRequired: 'Choose an authority that does not need an account made beforehand.',
};

/** From the problem document (RFC 9457) of an answer, a challenge or an order. */
export function refusalOf(
  directory: string,
  status: number | null,
  problem: unknown,
  retryAfter: number | null = null,
): AcmeFailure {
  const { type, detail } = (problem ?? {}) as { readonly type?: unknown; readonly detail?: unknown };
  const kind = typeof type === 'string' ? (type.split(':').at(-1) ?? null) : null;
  const said =
    typeof detail === 'string' ? detail : status === null ? 'It does not say why.' : `Status ${status}.`;
  return new AcmeFailure('E_ACME_REFUSED', `${hostOf(directory)} refuses the certificate`, {
    why: kind === null ? said : `${said} (${kind})`,
    fix: FIXES[kind ?? ''] ?? 'See what the authority says, and correct `listen.tls.acme` accordingly.',
    kind,
    retryAfter,
  });
}

export function unreachable(directory: string, cause: unknown): AcmeFailure {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new AcmeFailure('E_ACME_UNREACHABLE', `${hostOf(directory)} cannot be reached`, {
    why: message || code || String(cause),
    fix: 'Let this machine reach the authority, or correct `directory` and `ca-file` in `listen.tls.acme`.',
    cause,
  });
}

export const broken = (directory: string, why: string): AcmeFailure =>
  new AcmeFailure('E_ACME_BROKEN', `${hostOf(directory)} does not speak ACME as it should`, {
    why,
    fix: 'Correct `directory` in `listen.tls.acme`.',
  });

export const slow = (directory: string, what: string): AcmeFailure =>
  new AcmeFailure('E_ACME_SLOW', `${hostOf(directory)} did not come to an end`, {
    why: `${what} took too long.`,
    fix: REACHABLE,
  });

/** Fails for a root that cannot be read. */
export const untrusted =
  (path: string) =>
  (cause: Error): never => {
    throw new AcmeFailure('E_ACME_TRUST', `${path} cannot be read`, {
      why: cause.message,
      fix: 'Correct `ca-file` in `listen.tls.acme`, or make the file readable for the user who runs Teal.',
      cause,
    });
  };

function hostOf(directory: string): string {
  return URL.canParse(directory) ? new URL(directory).host : directory;
}
