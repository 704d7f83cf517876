import { TealError } from '../core/error.ts';
import { COLOURS } from '../core/model.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { listenConflict } from '../spec/index.ts';
import type { Controller } from './controller.ts';

/**
 * Throws E_LISTEN_TAKEN where another service of this daemon is served where this one wants to be: the router would
 * never take up such a release, and the rollout would fail after a minute.
 */
export function requireFreeListener({ service, listen }: ServiceSpec, controller: Controller): void {
  if (listen === null) return;
  for (const name of controller.services()) {
    const view = name === service ? null : controller.view(name);
    const theirs = view?.desired?.routing?.listen;
    // One of which nothing runs holds nothing back.
    if (!view || !theirs || COLOURS.every((colour) => view.state.environments[colour].release === null))
      continue;
    const conflict = listenConflict(theirs, listen);
    if (conflict === null) continue;
    throw new TealError('E_LISTEN_TAKEN', `${service} cannot be served at port ${listen.port}`, {
      why: `The service ${name} ${conflict.message}.`,
      fix: `${conflict.suggestion} It is \`listen\` in teal.yaml.`,
      details: { service: name },
      exitCode: 2,
    });
  }
}
