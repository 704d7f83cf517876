import { randomInt, randomUUID } from 'node:crypto';
import { TealError } from '../../core/error.ts';
import type { Command, CommandVerb } from '../../core/world.ts';
import type { ApiParts } from '../parts.ts';
import { unknownRollout } from '../problems.ts';
import { json, type Route, route } from '../route.ts';
import { commandAnswer, commandRequest, maintenanceRequest, rollbackRequest } from '../schema.ts';
import { viewOf } from './services.ts';

const VERBS = {
  approve: 'Answers the gate that the rollout waits at',
  pause: 'Holds progress, never safety',
  resume: 'Goes on after a pause',
  promote: 'Passes gates, dwell and a missing verdict; never harm, readiness, checks or bake',
  abort: 'Takes the candidate back',
} as const;
type Verb = keyof typeof VERBS;

/** Who is meant where a request names nobody: whoever can open the socket is its owner. */
const OWNER = 'owner';

export const commandRoutes: readonly Route[] = [
  ...(Object.keys(VERBS) as Verb[]).flatMap((verb) => [ofService(verb), ofRollout(verb)]),
  route({
    method: 'post',
    path: '/api/v1/services/{name}/maintenance',
    id: 'maintenance',
    summary: 'Keeps users out, or lets them in again; previews and allow-listed clients are served',
    body: maintenanceRequest,
    answer: json(commandAnswer),
    errors: ['E_SERVICE_UNKNOWN', 'E_NO_TRAFFIC'],
    handle: ({ params, body }, parts) => {
      const { state } = viewOf(parts, params.name!);
      const wanted = { message: body.message ?? null, for: body.for ?? null, hold: body.hold };
      return parts.controller.submit(state.service, {
        ...command('maintenance', { actor: body.actor, yes: true }, parts),
        ...(body.on ? { maintenance: wanted } : {}),
      });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/services/{name}/rollback',
    id: 'rollback',
    summary: 'Back to the last good release, or to the one named',
    body: rollbackRequest,
    answer: json(commandAnswer),
    errors: ['E_SERVICE_UNKNOWN', 'E_RELEASE_UNKNOWN'],
    handle: async ({ params, body }, parts) => {
      const { state } = viewOf(parts, params.name!);
      if (body.to !== undefined && !state.releases[body.to]) {
        throw new TealError('E_RELEASE_UNKNOWN', `There is no release ${body.to} of ${state.service}`, {
          fix: 'See `teal status` for the releases there are.',
          exitCode: 2,
        });
      }
      return parts.controller.submit(state.service, {
        ...command('rollback', body, parts),
        seed: randomInt(2 ** 32),
        ...(body.to === undefined ? {} : { release: body.to }),
      });
    },
  }),
];

function ofService(verb: Verb): Route {
  return route({
    method: 'post',
    path: `/api/v1/services/{name}/${verb}`,
    id: verb,
    summary: VERBS[verb],
    body: commandRequest,
    answer: json(commandAnswer),
    errors: ['E_SERVICE_UNKNOWN'],
    handle: ({ params, body }, parts) => {
      const { state } = viewOf(parts, params.name!);
      return parts.controller.submit(state.service, command(verb, body, parts));
    },
  });
}

/** For those who must not reach the next rollout by accident. */
function ofRollout(verb: Verb): Route {
  return route({
    method: 'post',
    path: `/api/v1/rollouts/{id}/${verb}`,
    id: `${verb}Rollout`,
    summary: `${VERBS[verb]}; refused when that rollout runs no more`,
    body: commandRequest,
    answer: json(commandAnswer),
    errors: ['E_ROLLOUT_UNKNOWN', 'E_ROLLOUT_ENDED'],
    handle: ({ params, body }, parts) =>
      parts.controller.submit(serviceRunning(parts, params.id!), command(verb, body, parts)),
  });
}

function serviceRunning({ controller, journal }: ApiParts, rollout: string): string {
  const service = controller.services().find((name) => controller.view(name)?.state.rollout?.id === rollout);
  if (service !== undefined) return service;
  if (journal.readRollout(rollout).length === 0) throw unknownRollout(rollout);
  throw new TealError('E_ROLLOUT_ENDED', `${rollout} has ended`, {
    fix: `See \`teal show ${rollout}\` for how.`,
    exitCode: 2,
  });
}

function command(
  verb: CommandVerb,
  { actor, yes }: { readonly actor?: string | undefined; readonly yes: boolean },
  { clock }: ApiParts,
): Command {
  return { id: randomUUID(), verb, actor: actor ?? OWNER, at: clock.now(), yes };
}
