import { request } from 'node:http';
import { connect } from 'node:net';
import { isReadyStatus } from '../../core/service/ready-status.ts';
import type { ReadyProbe } from '../../core/service/service-spec.ts';
import { askH2c } from '../../system/h2c-ask.ts';
import { runShell } from '../../system/shell.ts';
import { HOST } from './instance.ts';

/** What one look at an instance found. */
export interface ProbeResult {
  readonly ok: boolean;
  /** What was done and what came of it, e.g. `GET /healthz: 503, "not yet"` or `tcp 127.0.0.1:20123: connected`. */
  readonly detail: string;
}

export interface ProbeTarget {
  readonly port: number;
  readonly cwd: string;
  readonly user: string | null;
  /** Environment of a command. Rejects where a secret is missing. */
  env(): Promise<Readonly<Record<string, string>>>;
}

/** Characters of an answer that are shown. */
const SHOWN = 120;

/** Looks once. Never rejects: what goes wrong is a failed probe. A command is stopped with its children at `timeout` ms. */
export async function probe(
  ready: ReadyProbe,
  target: ProbeTarget,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    if (ready.kind === 'http' && ready.protocol === 'h2c')
      return await probeHttp2(ready.method, ready.path, target.port, timeout, signal);
    if (ready.kind === 'http') return await probeHttp(ready.method, ready.path, target.port, timeout, signal);
    if (ready.kind === 'tcp') return await probeTcp(target.port, timeout, signal);
    return await probeCommand(ready.command, target, timeout, signal);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function probeHttp2(
  method: string,
  path: string,
  port: number,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const headers = { 'user-agent': 'teal-probe' };
  const asked = { host: HOST, port, method, path, headers, timeout, most: SHOWN, signal };
  try {
    const { status, body } = await askH2c(asked);
    const ok = isReadyStatus(status);
    return { ok, detail: `${method} ${path} by h2c: ${ok ? status : answer(status, body)}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, detail: `${method} ${path} by h2c: ${code ?? message}` };
  }
}

function probeHttp(
  method: string,
  path: string,
  port: number,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const done = (ok: boolean, what: string) => {
      resolve({ ok, detail: `${method} ${path}: ${what}` });
      req.destroy();
    };
    const options = { host: HOST, port, method, path, agent: false, headers: { 'user-agent': 'teal-probe' } };
    const req = request(options, (res) => {
      const status = res.statusCode ?? 0;
      let body = '';
      res.on('error', () => done(false, answer(status, body)));
      if (isReadyStatus(status)) return done(true, String(status));
      res.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length >= SHOWN) done(false, answer(status, body));
      });
      res.on('end', () => done(false, answer(status, body)));
    });
    const timer = setTimeout(() => done(false, `no answer within ${timeout} ms`), timeout);
    const stop = () => done(false, 'stopped');
    signal.addEventListener('abort', stop, { once: true });
    req.on('error', (error) => done(false, inWords(error, port)));
    req.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
    req.end();
  });
}

function probeTcp(port: number, timeout: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const done = (ok: boolean, what: string) => {
      resolve({ ok, detail: `tcp ${HOST}:${port}: ${what}` });
      socket.destroy();
    };
    const socket = connect({ host: HOST, port });
    const timer = setTimeout(() => done(false, `no connection within ${timeout} ms`), timeout);
    const stop = () => done(false, 'stopped');
    signal.addEventListener('abort', stop, { once: true });
    socket.on('connect', () => done(true, 'connected'));
    socket.on('error', (error) => done(false, inWords(error, port)));
    socket.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  });
}

async function probeCommand(
  command: string,
  target: ProbeTarget,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { cwd, user } = target;
  const env = { ...(await target.env()), PORT: String(target.port) };
  const result = await runShell({ command, cwd, user, env, timeout, signal, grace: 200 });
  const said = result.output.trim() === '' ? '' : `, ${quoted(result.output.trim())}`;
  if (result.end !== 'exited') {
    return {
      ok: false,
      detail: `${command}: ${result.end === 'aborted' ? 'stopped' : `not done within ${timeout} ms`}${said}`,
    };
  }
  return { ok: result.code === 0, detail: `${command}: exit ${result.code ?? result.signal}${said}` };
}

/** Most often a service that never comes up listens on a port of its own choice. */
function inWords({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code !== 'ECONNREFUSED') return code ?? message;
  return `${code}, nothing listens on ${HOST}:${port}, its $PORT`;
}

const answer = (status: number, body: string) =>
  body.trim() === '' ? String(status) : `${status}, ${quoted(body.trim())}`;
const quoted = (text: string) => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
