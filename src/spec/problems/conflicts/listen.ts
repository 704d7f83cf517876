import { isIP } from 'node:net';
import type { ServiceSpec } from '../../../core/service/service-spec.ts';
import { type Conflict, conflict, type Rule } from './rule.ts';

/** Where users reach a service. */
export const listenRules: readonly Rule[] = [
  { keys: ['listen'], find: redirection },
  { keys: ['listen'], find: orderedForNobody },
];

/** A redirection leads from one port without TLS to another one with it. */
function redirection({ listen }: ServiceSpec): Conflict[] {
  if (listen?.redirect === undefined) return [];
  const path = ['listen', 'redirect'];
  if (listen.tls === undefined) {
    return [
      conflict(path, '`redirect` leads to https, and there is no `tls`', 'Add tls, or leave it out.', 'key'),
    ];
  }
  if (listen.redirect !== listen.port) return [];
  return [
    conflict(path, '`redirect` and `port` are the same port', 'Redirect from another port, such as 80.'),
  ];
}

/** Authorities certify public names: nothing without a dot, and no address. */
function orderedForNobody({ listen }: ServiceSpec): Conflict[] {
  if (listen?.tls?.acme === undefined) return [];
  const path = ['listen', 'tls', 'acme'];
  if (listen.host === null) {
    return [conflict(path, 'a certificate is ordered for a `host`, and there is none', 'Add host.', 'key')];
  }
  if (listen.host.includes('.') && isIP(listen.host) === 0) return [];
  const message = `"${listen.host}" is no public name, so no authority certifies it`;
  return [conflict(['listen', 'host'], message, 'Use a name such as shop.example.com.')];
}
