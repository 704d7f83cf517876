import type { SecureContext, Server, TlsOptions } from 'node:tls';
import type { LoadedCertificate } from './certificate-store.ts';
import { chooseCertificate } from './choose.ts';
import { TLS_SETTINGS } from './settings.ts';

/** What one listener needs to speak TLS. Its certificates may change while it listens; connections stay as they are. */
export interface SecureEntrance {
  readonly options: TlsOptions;
  /** Keeps what clients get who name no host up to date on this server, until it closes. */
  attend(server: Server): void;
  /** The certificates or the ticket keys may have changed. */
  refresh(): void;
}

/** Where its certificates come from. */
export interface CertificateSource {
  /** Resolves once the certificates that were wanted last have been read. */
  ready(): Promise<void>;
  /** In the order of preference. */
  certificates(): readonly LoadedCertificate[];
  ticketKeys(): Buffer;
}

/** `handshake`: how long one may take, in ms; `protocols`: for ALPN, the preferred one first. */
export function createSecureEntrance(
  source: CertificateSource,
  handshake: number,
  protocols: readonly string[],
): SecureEntrance {
  const servers = new Set<Server>();
  let shown: { readonly certificate: LoadedCertificate | null; readonly tickets: Buffer } | null = null;

  const show = (server: Server) => {
    const { certificate, tickets } = shown!;
    if (certificate !== null) {
      server.setSecureContext({ ...TLS_SETTINGS, cert: certificate.chain, key: certificate.key });
    }
    server.setTicketKeys(tickets);
  };

  const contextFor = async (host: string): Promise<SecureContext | undefined> => {
    await source.ready();
    return chooseCertificate(source.certificates(), host)?.context;
  };

  const entrance: SecureEntrance = {
    options: {
      ...TLS_SETTINGS,
      handshakeTimeout: handshake,
      ALPNProtocols: [...protocols],
      SNICallback(host, done) {
        // Without a context node goes on with the one for clients that name no host; without that, the handshake fails.
        contextFor(host).then(
          (context) => done(null, context),
          (error: Error) => done(error),
        );
      },
    },
    attend(server) {
      servers.add(server);
      server.on('close', () => servers.delete(server));
      entrance.refresh();
      show(server);
    },
    refresh() {
      const certificate = source.certificates()[0] ?? null;
      const tickets = source.ticketKeys();
      if (shown !== null && shown.certificate === certificate && shown.tickets.equals(tickets)) return;
      shown = { certificate, tickets };
      for (const server of servers) show(server);
    },
  };
  return entrance;
}
