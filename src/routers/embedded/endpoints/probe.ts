import { request } from 'node:http';
import { connect } from 'node:net';
import { isReadyStatus } from '../../../core/service/ready-status.ts';
import type { ReadyProbe } from '../../../core/service/service-spec.ts';
import type { Endpoint } from '../../../core/world.ts';
import { askH2c } from '../../../system/h2c-ask.ts';

export type ProbeResult = 'ok' | 'failed' | 'refused';

/**
 * Asks an endpoint once. HTTP: {@link isReadyStatus} says which status is ok. TCP (and `command`, which is the platform's): a
 * connection that opens. Never rejects; `failed` after `timeout` ms.
 */
export function probeOnce(endpoint: Endpoint, probe: ReadyProbe, timeout: number): Promise<ProbeResult> {
  if (probe.kind !== 'http') return askTcp(endpoint, timeout);
  return probe.protocol === 'h2c' ? askHttp2(endpoint, probe, timeout) : askHttp(endpoint, probe, timeout);
}

async function askHttp2(
  endpoint: Endpoint,
  { method, path }: Extract<ReadyProbe, { kind: 'http' }>,
  timeout: number,
): Promise<ProbeResult> {
  try {
    const headers = { 'user-agent': 'teal-router' };
    const { status } = await askH2c({ ...endpoint, method, path, headers, timeout, most: 0 });
    return isReadyStatus(status) ? 'ok' : 'failed';
  } catch (error) {
    return resultOf(error as NodeJS.ErrnoException);
  }
}

function askHttp(
  { host, port }: Endpoint,
  { method, path }: Extract<ReadyProbe, { kind: 'http' }>,
  timeout: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'teal-router' };
    const req = request({ host, port, method, path, headers, agent: false }, (res) => {
      const status = res.statusCode ?? 0;
      res.resume();
      res.on('error', () => resolve('failed'));
      settle(isReadyStatus(status) ? 'ok' : 'failed');
    });
    const deadline = setTimeout(() => req.destroy(new Error('probe timed out')), timeout);
    const settle = (result: ProbeResult) => {
      clearTimeout(deadline);
      resolve(result);
      req.destroy();
    };
    req.on('error', (error) => settle(resultOf(error)));
    req.end();
  });
}

function askTcp({ host, port }: Endpoint, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (result: ProbeResult) => {
      resolve(result);
      socket.destroy();
    };
    socket.setTimeout(timeout, () => settle('failed'));
    socket.on('connect', () => settle('ok'));
    socket.on('error', (error) => settle(resultOf(error)));
  });
}

const resultOf = (error: NodeJS.ErrnoException): ProbeResult =>
  error.code === 'ECONNREFUSED' ? 'refused' : 'failed';
