import { z } from 'zod';
import { TealError } from '../../../core/error.ts';
import { isRange } from '../../../core/service/address-range.ts';
import { MOST_HEADER_LINES, MOST_HEADER_SIZE } from '../../../core/service/http-spec.ts';
import type { Routing } from '../../../core/world.ts';

/** A routing as it arrives over the socket or from disk: checked, since a wrong one would misdirect users. */
const weight = z.number().int().min(0).max(10_000);
const colour = z.enum(['blue', 'green']);
const perColour = <T extends z.ZodType>(value: T) => z.object({ blue: value, green: value });

const protocol = z.enum(['http/1.1', 'h2c']);
const probe = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('http'),
    method: z.string(),
    path: z.string().startsWith('/'),
    protocol: protocol.exactOptional(),
  }),
  z.object({ kind: z.literal('tcp') }),
  z.object({ kind: z.literal('command'), command: z.string() }),
]);

const absolute = z.string().startsWith('/');
const most = z.number().int().min(0).nullable();
const httpSchema = z.object({
  limits: z.object({
    headerSize: z.number().int().min(1).max(MOST_HEADER_SIZE),
    headerLines: z.number().int().min(1).max(MOST_HEADER_LINES),
    url: z.number().int().min(1),
    body: most,
    time: z.number().positive().nullable(),
    requests: most,
    connections: most,
    concurrency: most.default(null),
  }),
  trace: z.boolean(),
  via: z.boolean(),
  slowStart: z.number().min(0).default(0),
  errorPage: z.string().nullable(),
  accessLog: z.number().min(0).max(1).default(0),
  protocol: protocol.exactOptional(),
});

const routingSchema = z.object({
  service: z.string().min(1).max(200),
  revision: z.string(),
  live: colour,
  candidate: colour.nullable(),
  split: perColour(weight).refine((split) => split.blue + split.green === 10_000, 'must add up to 10000'),
  by: z.enum(['clients', 'instances']),
  seed: z.number().int().min(0).max(0xffffffff),
  epoch: z.string(),
  identify: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('auto') }),
    z.object({ kind: z.literal('cookie'), name: z.string().min(1) }),
    z.object({ kind: z.literal('header'), name: z.string().min(1) }),
  ]),
  always: z.object({ name: z.string().min(1), value: z.string() }).nullable(),
  listen: z.object({
    port: z.number().int().min(0).max(65_535),
    address: z.string().min(1),
    host: z.string().nullable(),
    path: z.string().startsWith('/'),
    tls: z
      .object({
        certificates: z.array(z.object({ cert: absolute, key: absolute })),
        acme: z
          .object({ email: z.string(), directory: z.url(), caFile: absolute.nullable() })
          .exactOptional(),
      })
      .refine((tls) => tls.certificates.length > 0 || tls.acme !== undefined, 'names no certificate')
      .exactOptional(),
    redirect: z.number().int().min(0).max(65_535).exactOptional(),
    trust: z.array(z.string().refine(isRange, 'is no address')).exactOptional(),
    proxyProtocol: z.boolean().exactOptional(),
  }),
  fallback: z.object({ to: colour, after: z.number().positive() }).nullable(),
  outage: z.string().nullable(),
  hold: z.number().min(0),
  // Tables on disk may be of a router that knew neither.
  skew: z
    .object({
      paths: z.union([z.literal('hashed'), z.array(z.string())]),
      pin: z.number().min(0),
      standIns: z.array(colour),
    })
    .nullable()
    .default(null),
  maintenance: z
    .object({
      message: z.string().nullable(),
      until: z.number().nullable(),
      hold: z.number().min(0),
      allow: z.object({ name: z.string().min(1), value: z.string() }).nullable(),
    })
    .nullable()
    .default(null),
  http: httpSchema.optional(),
  releases: perColour(z.string().nullable()),
  endpoints: perColour(
    z.array(z.object({ host: z.string().min(1), port: z.number().int().min(1).max(65_535) })),
  ),
  health: perColour(
    z.object({ probe, every: z.number().positive(), timeout: z.number().positive() }).nullable(),
  ),
  protocols: perColour(protocol).exactOptional(),
  previewSecret: z.string(),
});

/** Returns the routing, or throws E_ROUTER_ENTRY with what is wrong in it. */
export function parseRouting(value: unknown): Routing {
  const result = routingSchema.safeParse(value);
  if (result.success) return result.data;
  const why = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new TealError('E_ROUTER_ENTRY', 'The router cannot use this routing', {
    why,
    fix: 'Check that daemon and router are of the same version.',
  });
}
