import { z } from 'zod';
import type { DeployListener, DeployOrder } from '../../daemon/deployer.ts';
import { channel, ndjson } from '../events/streams.ts';
import type { ApiParts } from '../parts.ts';
import { shown } from '../problems.ts';
import { json, type Route, route } from '../route.ts';
import {
  type DeployProgress,
  deployProgress,
  deployRequest,
  rolloutDetail as rolloutDetailSchema,
} from '../schema.ts';
import { rolloutDetail } from '../status/history.ts';

const answer = z.object({ rollout: z.string().nullable(), release: z.string(), note: z.string() });
const SILENT: DeployListener = { onProgress: () => undefined, onOutput: () => undefined };

export const rolloutRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/api/v1/services/{name}/rollouts',
    id: 'deploy',
    summary: 'Makes a release and starts its rollout',
    body: deployRequest,
    answer: { type: 'json-or-ndjson', schema: answer, lines: deployProgress },
    errors: [
      'E_SPEC_NOT_FOUND',
      'E_SPEC_INVALID',
      'E_BUILD_FAILED',
      'E_RELEASE_UNKNOWN',
      'E_ROLLOUT_RUNNING',
    ],
    handle: ({ params, body, headers, signal }, parts) => {
      const order: DeployOrder = {
        ...defined(body),
        service: params.name!,
        actor: body.actor ?? 'owner',
        replace: body.replace,
        yes: body.yes,
      };
      const wantsLines = headers.get('accept')?.includes('application/x-ndjson');
      return wantsLines
        ? ndjson(() => told(order, parts), shown, signal)
        : parts.deployer.deploy(order, SILENT);
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/rollouts/{id}',
    id: 'getRollout',
    summary: 'One rollout: steps, checks, verdicts and events',
    answer: json(rolloutDetailSchema),
    errors: ['E_ROLLOUT_UNKNOWN'],
    handle: ({ params }, { journal, controller, clock }) =>
      rolloutDetail(journal, controller, params.id!, clock.now()),
  }),
];

/** A deploy goes on when its reader is gone: half a release helps nobody. */
function told(order: DeployOrder, { deployer }: ApiParts): AsyncIterable<DeployProgress> {
  const lines = channel<DeployProgress>();
  deployer
    .deploy(order, {
      onProgress: (progress, detail) => lines.push({ progress, detail }),
      onOutput: (output) => lines.push({ output }),
    })
    .then(
      (deployed) => {
        lines.push(deployed);
        lines.end();
      },
      (error: unknown) => lines.fail(error),
    );
  return lines;
}

type Optional = Pick<DeployOrder, 'file' | 'release' | 'ref' | 'strategy' | 'message'>;
/** Without the keys that are undefined: an order either says something or does not have the key. */
function defined(body: { readonly [key in keyof Optional]?: Optional[key] | undefined }): Optional {
  const { file, release, ref, strategy, message } = body;
  return {
    ...(file === undefined ? {} : { file }),
    ...(release === undefined ? {} : { release }),
    ...(ref === undefined ? {} : { ref }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(message === undefined ? {} : { message }),
  };
}
