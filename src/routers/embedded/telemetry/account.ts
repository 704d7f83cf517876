import type { Colour } from '../../../core/model.ts';
import type { RequestOutcome } from '../../../core/ports.ts';
import { sharedByInstances } from '../clients/assignment.ts';
import type { Placement } from '../clients/placement.ts';
import type { Service } from '../table/service.ts';
import { type Arm, isHurt } from './arm.ts';
import { placeOf } from './client-set.ts';
import type { Recorder } from './recorder.ts';

/** What is counted of one request, from its first choice to its end. */
export interface Account {
  /**
   * The request is on its way to `serves`, or would be if there were an instance. A client that is served by another
   * environment than its own was hurt by its own.
   */
  sent(placement: Placement, belongsTo: Colour, serves: Colour): void;
  /** The other environment has what the client's own has not: it is counted there, and says nothing about the client. */
  stoodIn(by: Colour): void;
  /** It has not: the request is its own environment's again. */
  stoodDown(): void;
  /** `latency` in ms to the head of the answer; null: this one has none. Only the first call counts. */
  end(outcome: RequestOutcome, latency: number | null, bytesOut: number): void;
  /** As if it had never been opened, but for the client having been seen. Nothing counts after it. */
  withdraw(): void;
}

/**
 * Assigned clients are evidence. Requests of allow-listed ones and of those with a page of before are counted without a
 * client and a latency, previews not at all.
 */
export function openAccount(recorder: Recorder, service: Service): Account {
  let own: Arm | null = null;
  let serving: Arm | null = null;
  /** While another environment stands in: the one that was asked first. */
  let askedFirst: Arm | null = null;
  let place: number | null = null;
  let sent = false;
  let ended = false;

  const armOf = (colour: Colour): Arm | null => {
    const { releases, epoch } = service.routing;
    return recorder.arm(service.name, colour, releases[colour], epoch, Date.now());
  };
  const serveBy = (arm: Arm | null) => {
    if (serving !== null) serving.open -= 1;
    serving = arm;
    if (serving !== null) serving.open += 1;
  };
  const letGo = () => {
    serveBy(null);
    if (own !== null) own.open -= 1;
  };

  return {
    sent(placement, belongsTo, serves) {
      if (placement.kind === 'preview') return;
      if (!sent) {
        sent = true;
        own = armOf(belongsTo);
        if (own !== null) own.open += 1;
        if (placement.kind === 'assigned') {
          place = placeOf(placement.identity);
          own?.seen(place);
          const weight = weightOf(service.routing);
          if (weight > 0) own?.arrived(place, weight);
        }
      }
      serveBy(own?.environment === serves ? own : armOf(serves));
      if (own !== null && place !== null && serving !== own) own.hurt(place);
    },
    stoodIn(by) {
      if (!sent) return;
      askedFirst = serving;
      serveBy(armOf(by));
    },
    stoodDown() {
      if (!sent) return;
      serveBy(askedFirst);
      askedFirst = null;
    },
    end(outcome, latency, bytesOut) {
      if (!sent || ended) return;
      ended = true;
      const evidence = place !== null && askedFirst === null;
      serving?.request(outcome, evidence ? latency : null, bytesOut);
      if (evidence && isHurt(outcome)) own?.hurt(place!);
      letGo();
    },
    withdraw() {
      if (!sent || ended) return;
      ended = true;
      letGo();
    },
  };
}

/** Candidate's share of the clients, basis points; 0 where there is none, or no client has an arm of its own. */
function weightOf(routing: Service['routing']): number {
  const { candidate, split } = routing;
  return candidate === null || sharedByInstances(routing) ? 0 : split[candidate];
}
