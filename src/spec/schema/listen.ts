import { isIP } from 'node:net';
import { z } from 'zod';
import { isRange, LOOPBACK_ALONE } from '../../core/service/address-range.ts';
import { described, oneOf, section, syntax, text } from './helpers.ts';
import { tls } from './tls.ts';

const RANGE = 'a port is a whole number from 1 to 65535';

const isPort = (value: number) => Number.isInteger(value) && value >= 1 && value <= 65_535;

const port = z.int(RANGE).min(1, RANGE).max(65_535, RANGE);

const address = text('E_SPEC_VALUE', (input) => {
  const bare = input.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return { value: '127.0.0.1' };
  return isIP(bare) === 0 ? `"${input}" is no address of a machine; a name goes into host` : { value: bare };
});

/** `8080`, or `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. */
const short = syntax<{ port: number; address?: string }>(
  'E_SPEC_VALUE',
  (input) => {
    if (typeof input === 'number') return isPort(input) ? { value: { port: input } } : RANGE;
    if (typeof input !== 'string') return 'expected a port such as 8080';
    const [, before, digits] = /^(?:(.+):)?(\d+)$/.exec(input) ?? [];
    if (digits === undefined) return `expected a port such as 8080, or address:port, found "${input}"`;
    if (!isPort(Number(digits))) return RANGE;
    if (before === undefined) return { value: { port: Number(digits) } };
    const parsed = address.safeParse(before);
    if (parsed.success) return { value: { port: Number(digits), address: parsed.data } };
    return `"${before}" is no address of a machine; for a name write { port: ${digits}, host: ${before} }`;
  },
  null,
);

const host = text('E_SPEC_VALUE', (input) => {
  const lower = input.toLowerCase().replace(/\.$/, '');
  const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
  if (new RegExp(`^${label}(\\.${label})*$`).test(lower)) return { value: lower };
  return 'expected the name of a host without port, such as shop.example.com';
});

const path = text('E_SPEC_VALUE', (input) => {
  if (!/^\/[^?#\s]*$/.test(input)) return 'expected a path prefix that starts with "/", such as /api';
  return { value: input.replace(/(?<=.)\/+$/, '') };
});

const range = text('E_SPEC_VALUE', (input) =>
  isRange(input) ? { value: input } : `"${input}" is no address or network such as 10.0.0.0/8`,
);

const long = section({
  port: described(port, { description: 'Port.', examples: [8080] }),
  address: described(address, {
    description: 'Address to bind; "::" is every address of the machine.',
    default: '::',
    examples: ['127.0.0.1'],
  }).optional(),
  host: described(host, {
    description: 'Only requests for this host; services share a port by host and path.',
    examples: ['shop.example.com'],
  }).optional(),
  path: described(path, {
    description: 'Only requests under this path; passed on unchanged.',
    default: '/',
  }).optional(),
  tls: tls.optional(),
  redirect: described(port, {
    description: 'Requests on this port are answered 308 to the same place by https. Needs tls.',
    examples: [80],
  }).optional(),
  trust: described(z.array(range), {
    description:
      'Proxies in front of Teal, by address or network: what they say of their clients (X-Forwarded-*) is believed.',
    default: LOOPBACK_ALONE,
    examples: [['10.0.0.0/8']],
  }).optional(),
  'proxy-protocol': described(z.boolean(), {
    description:
      'Trusted addresses begin their connections with a header of the PROXY protocol (version 1 or 2).',
    default: false,
  }).optional(),
});

/** Where users reach the service. */
export const listen = oneOf(
  'a port such as 8080, or { port, address, host, path, tls, redirect }',
  short.meta({ type: ['integer', 'string'] }),
  long,
).meta({
  id: 'listen',
  description: 'Where users reach the service. Without it, it is a worker that takes no HTTP traffic.',
  examples: [
    8080,
    '127.0.0.1:8080',
    { port: 80, host: 'shop.example.com', path: '/api' },
    { port: 443, tls: { cert: 'shop.pem', key: 'shop.key' }, redirect: 80 },
  ],
});

/** Either form: the short one has some of these. */
export type FileListen = z.output<typeof long>;
