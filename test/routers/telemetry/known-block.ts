import { REQUEST_OUTCOMES, type TrafficBlock } from '../../../src/core/ports.ts';

/** A block before it has a number; `at` tells it from others. */
export const knownBlock = (at: number): Omit<TrafficBlock, 'number'> => ({
  at,
  length: 1_000,
  service: 'shop',
  environment: 'blue',
  release: 'r1',
  epoch: 'shop-1/1/0',
  clients: { seen: 1, hurt: 0, hurtInRollout: 0 },
  requests: Object.fromEntries(REQUEST_OUTCOMES.map((outcome) => [outcome, 1])) as TrafficBlock['requests'],
  latency: [],
  bytesOut: 0,
  inFlight: 0,
});
