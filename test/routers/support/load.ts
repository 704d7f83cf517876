import { Agent } from 'node:http';
import { ask } from './ask.ts';

/** Keep-alive requests from many clients over a few connections until `stop`; counts what came back. */
export function load(url: string, clients: number, connections = 16) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bodies = new Map<string, number>();
  const failures: string[] = [];
  let sent = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const client = sent % clients;
      sent += 1;
      try {
        const answer = await ask(url, { agent, headers: { 'x-user-id': `user-${client}` } });
        const key = answer.status === 200 ? answer.body : `status ${answer.status}`;
        bodies.set(key, (bodies.get(key) ?? 0) + 1);
        if (answer.status !== 200) failures.push(`${answer.status}: ${answer.body}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    bodies,
    failures,
    sent: () => sent,
    async stop() {
      stopped = true;
      await Promise.all(workers);
      agent.destroy();
    },
  };
}
