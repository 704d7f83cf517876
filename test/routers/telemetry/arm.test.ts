import { expect, test } from 'vitest';
import { createArm } from '../../../src/routers/embedded/telemetry/arm.ts';
import { createClientSet } from '../../../src/routers/embedded/telemetry/clients/client-set.ts';
import { createClientsOfMinute } from '../../../src/routers/embedded/telemetry/firsts/first-requests.ts';

const arm = () =>
  createArm(
    { service: 'shop', environment: 'green', release: 'r2', epoch: 'shop-2/3/0' },
    { hurt: createClientSet(), arrived: createClientSet(), ofMinute: createClientsOfMinute() },
  );

test('a client who came in an earlier block is hurt late, one of this block is not', () => {
  const candidate = arm();
  for (const place of [1, 2, 3]) candidate.seen(place);
  candidate.hurt(1);
  expect(candidate.drain(0)!.clients).toMatchObject({ seen: 3, hurt: 1, hurtLate: 0 });
  candidate.seen(2);
  candidate.seen(4);
  for (const place of [1, 2, 4]) candidate.hurt(place);
  expect(candidate.drain(0)!.clients).toMatchObject({ seen: 1, hurt: 2, hurtLate: 1 });
});
