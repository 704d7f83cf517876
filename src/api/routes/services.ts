import { z } from 'zod';
import type { ServiceView } from '../../daemon/service-view.ts';
import { unknownService } from '../../daemon/unknown-service.ts';
import type { ApiParts } from '../parts.ts';
import { json, type Route, route } from '../route.ts';
import { history, type PreviewStatus, preview, service } from '../schema.ts';
import { historyOf } from '../status/history.ts';
import { serviceStatus } from '../status/service.ts';

/** The service's view; throws E_SERVICE_UNKNOWN. */
export function viewOf({ controller }: ApiParts, name: string): ServiceView {
  const view = controller.view(name);
  if (view === null) throw unknownService(name, controller.services());
  return view;
}

export const serviceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/services',
    id: 'listServices',
    summary: 'Where every service stands',
    answer: json(z.array(service)),
    errors: [],
    handle: (_input, parts) =>
      parts.controller.services().map((name) => serviceStatus(viewOf(parts, name), parts.clock.now())),
  }),
  route({
    method: 'get',
    path: '/api/v1/services/{name}',
    id: 'getService',
    summary: 'Where one service stands',
    answer: json(service),
    errors: ['E_SERVICE_UNKNOWN'],
    handle: ({ params }, parts) => serviceStatus(viewOf(parts, params.name!), parts.clock.now()),
  }),
  route({
    method: 'get',
    path: '/api/v1/services/{name}/history',
    id: 'getHistory',
    summary: 'Its newest rollouts and what happened in them',
    query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(20) }),
    answer: json(history),
    errors: ['E_SERVICE_UNKNOWN'],
    handle: ({ params, query }, parts) => {
      const { state } = viewOf(parts, params.name!);
      return historyOf(parts.journal, state.service, query.limit);
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/services/{name}/preview',
    id: 'getPreview',
    summary: 'How to reach each environment before users do; holds a secret',
    answer: json(preview),
    errors: ['E_SERVICE_UNKNOWN'],
    handle: ({ params }, parts) => previewStatus(viewOf(parts, params.name!), parts.previewHeader),
  }),
];

function previewStatus({ state, routing, previewSecret }: ServiceView, previewHeader: string): PreviewStatus {
  const target = (name: 'candidate' | 'blue' | 'green', colour: 'blue' | 'green' | undefined) => ({
    name,
    release: colour === undefined ? null : state.environments[colour].release,
    url: colour === undefined ? null : (routing?.previews[colour] ?? null),
  });
  return {
    service: state.service,
    targets: [
      target('candidate', state.rollout?.candidate.environment),
      target('blue', 'blue'),
      target('green', 'green'),
    ],
    header: { name: previewHeader, value: `${previewSecret}:candidate` },
    listen: routing?.url ?? null,
  };
}
