import type {
  BodyMatch,
  CaptureSpec,
  CheckSpec,
  HttpCheckSpec,
  HttpRequestSpec,
  LoadCheckSpec,
  RunCheckSpec,
} from '../../core/service/check-spec.ts';
import type { FileCheck } from '../schema/service.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Any 2xx. */
const SUCCESS = Array.from({ length: 100 }, (_, i) => 200 + i);

type FileRequest = Extract<FileCheck, { http: unknown }>;
type FileExpect = NonNullable<FileRequest['expect']>;
type FileLoad = Extract<FileCheck, { load: unknown }>['load'];

/** Names that are not given are made of the check's content, and numbered where they would repeat. */
export function normaliseChecks(written: readonly FileCheck[]): CheckSpec[] {
  const taken = new Set(written.flatMap((check) => check.name ?? []));
  return written.map((check) => {
    const name = check.name ?? unused(madeName(check), taken);
    taken.add(name);
    const work = workOf(check);
    return {
      name,
      when: check.when === undefined ? ['verify'] : [...new Set(listOf(check.when))],
      after: listOf(check.after ?? []),
      within: check.within ?? timeLimit(work),
      retries: check.retries ?? 0,
      ...work,
    };
  });
}

function workOf(check: FileCheck): HttpCheckSpec | RunCheckSpec | LoadCheckSpec {
  if ('run' in check) return { kind: 'run', command: check.run };
  if ('load' in check) return loadOf(check.load);
  const requests = 'steps' in check ? check.steps : [check];
  return { kind: 'http', requests: requests.map(requestOf) };
}

/** At least what the check itself may take. */
function timeLimit(work: HttpCheckSpec | RunCheckSpec | LoadCheckSpec): number {
  if (work.kind === 'run') return 10 * MINUTE;
  if (work.kind === 'load') return loadDuration(work) + MINUTE;
  return Math.max(
    MINUTE,
    work.requests.reduce((sum, request) => sum + request.timeout, 0),
  );
}

/** How long a load check takes when all goes well, ms: twice as long where stable gets the same load. */
export function loadDuration(load: LoadCheckSpec): number {
  return (load.warmUp + load.for) * (load.thanStable === null ? 1 : 2) + load.timeout;
}

function requestOf(
  written: Pick<FileRequest, 'http' | 'headers' | 'body' | 'timeout' | 'expect' | 'capture'>,
): HttpRequestSpec {
  return {
    ...written.http,
    headers: written.headers ?? {},
    body: written.body ?? null,
    timeout: written.timeout ?? 10 * SECOND,
    expect: {
      status:
        written.expect?.status === undefined ? SUCCESS : [...new Set(listOf(written.expect.status).flat())],
      headers: written.expect?.headers ?? {},
      body: bodyMatches(written.expect),
    },
    capture: Object.fromEntries(
      Object.entries(written.capture ?? {}).map(([name, capture]): [string, CaptureSpec] => {
        if ('json' in capture) return [name, { kind: 'json', path: capture.json }];
        if ('header' in capture) return [name, { kind: 'header', name: capture.header.toLowerCase() }];
        return [name, capture];
      }),
    ),
  };
}

function bodyMatches(expect: FileExpect | undefined): BodyMatch[] {
  const matches = listOf(expect?.body ?? []).map((match): BodyMatch => {
    if ('kind' in match) return match;
    if ('equals' in match) return { kind: 'equals', value: match.equals };
    if ('contains' in match) return { kind: 'contains', value: match.contains };
    return match.matches;
  });
  const json = expect?.json ?? [];
  const conditions = Array.isArray(json)
    ? json.map((path: string): BodyMatch => ({ kind: 'json', path }))
    : Object.entries(json).map(([path, equals]): BodyMatch => ({ kind: 'json', path, equals }));
  return [...matches, ...conditions];
}

function loadOf(written: FileLoad): LoadCheckSpec {
  return {
    kind: 'load',
    ...(written.request ?? { method: 'GET', path: '/' }),
    headers: written.headers ?? {},
    body: written.body ?? null,
    rate: written.rate,
    for: written.for ?? 30 * SECOND,
    warmUp: written['warm-up'] ?? 5 * SECOND,
    timeout: written.timeout ?? 10 * SECOND,
    p50: written.p50 ?? null,
    p95: written.p95 ?? null,
    p99: written.p99 ?? null,
    errors: written.errors ?? 0.01,
    thanStable: written['than-stable'] ?? null,
  };
}

function madeName(check: FileCheck): string {
  if ('run' in check) return slug(check.run);
  if ('load' in check) return 'load';
  const first = 'steps' in check ? check.steps[0]!.http : check.http;
  return slug(`${first.method} ${first.path === '/' ? 'root' : first.path}`);
}

function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40);
  return plain.replace(/-+$/, '') || 'check';
}

function unused(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  return name;
}

function listOf<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? value : [value as Item];
}
