import { TealError } from '../../core/error.ts';
import type { HttpCheckSpec, HttpRequestSpec } from '../../core/service/check-spec.ts';
import { type Attempt, type Finding, failed, failedBy, passed, urlOf } from '../finding.ts';
import { count, duration } from '../words.ts';
import { capture, captureSource } from './capture.ts';
import { httpEvidence } from './evidence.ts';
import { mismatches } from './expect.ts';
import type { HttpAnswer, HttpRequest } from './message.ts';
import { type HttpSender, httpSender } from './send.ts';
import { fillRequest } from './template.ts';

/** Sends the requests in order, until one is not answered as expected. */
export async function httpCheck(spec: HttpCheckSpec, attempt: Attempt): Promise<Finding> {
  const base = urlOf(attempt.target);
  const sender = httpSender();
  const values = new Map<string, string>();
  const seen: string[] = [];
  try {
    for (const request of spec.requests) {
      const finding = await one(request, base, values, sender, attempt);
      if (finding.outcome === 'failed') {
        return { ...finding, evidence: [...seen, finding.evidence].join('\n') };
      }
      seen.push(finding.summary);
    }
  } finally {
    await sender.close();
  }
  const summary = seen.length === 1 ? seen[0]! : `${count(seen.length, 'request')} answered as expected`;
  return passed(summary, seen.join('\n'));
}

/** Sends one request, judges its answer, and keeps what is to be captured in `values`. */
async function one(
  spec: HttpRequestSpec,
  base: string,
  values: Map<string, string>,
  sender: HttpSender,
  { limit }: Attempt,
): Promise<Finding> {
  const request = fillRequest(spec, base, values);
  let answer: HttpAnswer;
  try {
    answer = await sender.send(request, limit.signal);
  } catch (error) {
    const stopped = error instanceof TealError && error.code === 'E_HTTP_STOPPED';
    const summary = stopped
      ? `The check ${limit.why()} at ${request.method} ${request.path}`
      : failedBy(error).summary;
    return failed(summary, httpEvidence(request, null, []));
  }
  const wrong = mismatches(spec.expect, answer);
  if (wrong.length > 0) {
    const summary = `${request.method} ${request.path} answered ${wrong[0]!.sentence}`;
    return failed(summary, httpEvidence(request, answer, wrong));
  }
  const missing = keep(spec, answer, values);
  if (missing !== null) return failed(missingSummary(request, missing), httpEvidence(request, answer, []));
  return passed(`${request.method} ${request.path} answered ${answer.status} after ${duration(answer.took)}`);
}

/** The first value that the answer should have held and did not; null where all are kept. */
function keep(spec: HttpRequestSpec, answer: HttpAnswer, values: Map<string, string>): string | null {
  for (const [name, source] of Object.entries(spec.capture)) {
    const value = capture(source, answer);
    if (value === null) return `"${name}" (${captureSource(source)})`;
    values.set(name, value);
  }
  return null;
}

const missingSummary = (request: HttpRequest, missing: string) =>
  `${request.method} ${request.path} answered without what is to be captured as ${missing}`;
