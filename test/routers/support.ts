/** What most tests of the router begin with: a router, an instance, what the one says of the other, and a client. */
export { freePort } from '../support/free-port.ts';
export { type Answer, type Ask, ask } from './support/ask.ts';
export { askRaw, type Dial, dialPlain, dialSecure, dribble } from './support/ask-raw.ts';
export { type Backend, backend } from './support/backend.ts';
export { eventually } from './support/eventually.ts';
export { load } from './support/load.ts';
export { canary, endpointsOf, routing } from './support/routing.ts';
export { alive, killed, type RunningRouter, runningRouter } from './support/running-router.ts';
