// A real little service whose behaviour is a file of its release (behaviour.json), as a code change would be:
//   failRate     share of requests answered 500 (0-1), decided by a counter, so that the share is exact
//   failAfter    requests that are answered before failRate begins to hold
//   delay        ms before each answer
//   neverReady   /healthz answers 503
//   asset        the only path below /assets/ that is found
//   crashAfter   ms until the process exits with 3
// It stops politely: SIGTERM closes idle connections and lets answers finish.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const behaviour = JSON.parse(readFileSync(new URL('./behaviour.json', import.meta.url), 'utf8'));
const release = process.env.TEAL_RELEASE ?? 'none';
const environment = process.env.TEAL_ENVIRONMENT ?? 'none';
let served = 0;
let owed = 0;

const server = createServer((req, res) => {
  const headers = {
    'content-type': 'text/plain',
    'x-version': behaviour.version,
    'x-environment': environment,
    'x-release': release,
    'x-service': process.env.TEAL_SERVICE ?? 'none',
  };
  if (req.url === '/healthz') {
    res.writeHead(behaviour.neverReady ? 503 : 200, headers).end(behaviour.neverReady ? 'not yet' : 'ok');
    return;
  }
  if (behaviour.asset && req.url.startsWith('/assets/') && req.url !== behaviour.asset) {
    res.writeHead(404, headers).end('no such file\n');
    return;
  }
  served += 1;
  if (served > (behaviour.failAfter ?? 0)) owed += behaviour.failRate ?? 0;
  const fails = owed >= 1;
  if (fails) owed -= 1;
  const answer = () => res.writeHead(fails ? 500 : 200, headers).end(`${behaviour.version} ${served}\n`);
  req.resume();
  if (behaviour.delay) setTimeout(answer, behaviour.delay);
  else answer();
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1', () =>
  console.log(`version ${behaviour.version} listens`),
);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
if (behaviour.crashAfter)
  setTimeout(() => {
    console.error('out of luck');
    process.exit(3);
  }, behaviour.crashAfter);
