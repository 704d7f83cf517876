import { basename } from 'node:path';
import { TealError } from '../core/error.ts';
import type { ServiceSpec } from '../core/service/service-spec.ts';
import { readDocument, type SpecDocument } from './document.ts';
import { normalise } from './normalise/normalise.ts';
import { conflictsIn } from './problems/conflicts.ts';
import { conflictsBetween } from './problems/conflicts-between.ts';
import { findingsOf } from './problems/findings.ts';
import type { Finding, Path, SpecError } from './problems/problem.ts';
import { renderSpecErrors } from './problems/render-errors.ts';
import { namedService, severalServices, singleService } from './schema/service.ts';

/** What a text means, and all that is wrong with it. */
export interface SpecReading {
  /** Complete where there are no errors. */
  readonly services: readonly ServiceSpec[];
  /** In the order of the file. */
  readonly errors: readonly SpecError[];
  readonly document: SpecDocument;
}

/**
 * The services of a teal.yaml. `file` is its absolute path: errors name it, and `source` is relative to its folder;
 * nothing is read. Throws E_SPEC_INVALID with all errors at once.
 */
export function parseSpec(text: string, file: string): ServiceSpec[] {
  const { services, errors } = readSpec(text, file);
  if (errors.length > 0) throw invalidSpec(errors, text, file);
  return [...services];
}

/** All that is wrong with a text, in its order; empty where it is fine. */
export function specErrors(text: string, file: string): readonly SpecError[] {
  return readSpec(text, file).errors;
}

/** Both at once; never throws. */
export function readSpec(text: string, file: string): SpecReading {
  const document = readDocument(text);
  const errors: SpecError[] = document.problems.map((problem) => ({ ...problem, file }));
  if (document.data === undefined) return { services: [], errors: sorted(errors), document };
  const { services, findings } = understand(document.data, file);
  return {
    services,
    errors: sorted([...errors, ...findings.map((finding) => placeFinding(finding, document, file))]),
    document,
  };
}

/** The one error of an invalid file (exit code 2): rendered in `why`, structured in `details.errors`. */
export function invalidSpec(errors: readonly SpecError[], text: string, file: string): TealError {
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new TealError('E_SPEC_INVALID', `${basename(file)} has ${count}`, {
    why: renderSpecErrors(errors, text),
    fix: 'Correct the file; docs/teal-yaml.md explains every key.',
    details: { errors },
    exitCode: 2,
  });
}

/** A finding with the place where it stands. */
export function placeFinding(finding: Finding, document: SpecDocument, file: string): SpecError {
  const { code, message, suggestion } = finding;
  return { code, file, ...document.placeOf(finding.path, finding.at), message, suggestion };
}

interface Understood {
  readonly services: ServiceSpec[];
  readonly findings: Finding[];
}

function understand(data: unknown, file: string): Understood {
  if (data === null) return { services: [], findings: [emptyFile()] };
  if (!isMapping(data) || !('services' in data)) {
    const issues = singleService.safeParse(data).error?.issues ?? [];
    const findings = findingsOf(issues, data, [], 0);
    if (!isMapping(data)) return { services: [], findings };
    const { service, ...rest } = data;
    const name = typeof service === 'string' ? service : '';
    const one = understandService(name, rest, [], file, findings);
    return { services: one.spec ? [one.spec] : [], findings: one.findings };
  }
  return understandSeveral(data, file);
}

function emptyFile(): Finding {
  return {
    code: 'E_SPEC_MISSING',
    path: [],
    at: 'value',
    message: 'the file is empty: `service` and `run` are missing',
    suggestion: 'Let `teal init` write one.',
  };
}

function understandSeveral(data: Record<string, unknown>, file: string): Understood {
  const { services: map, ...beside } = data;
  const findings = Object.keys(beside).map(besideServices);
  // Services are judged one by one below; here only the map itself and its names.
  const issues = severalServices.safeParse({ services: map }).error?.issues ?? [];
  const aboutMap = issues.filter((issue) => issue.path.length <= 2 && !isMappingAt(data, issue));
  findings.push(...findingsOf(aboutMap, data, [], 0));
  if (!isMapping(map)) return { services: [], findings };
  const understood = Object.entries(map)
    .filter(([, raw]) => isMapping(raw))
    .map(([name, raw]) => {
      const at = ['services', name];
      const own = findingsOf(namedService.safeParse(raw).error?.issues ?? [], raw, at, 2);
      return { at, ...understandService(name, raw as Record<string, unknown>, at, file, own) };
    });
  const whole = understood.flatMap(({ at, spec }) => (spec ? { at, spec } : []));
  return {
    services: whole.map(({ spec }) => spec),
    findings: [...findings, ...understood.flatMap((one) => one.findings), ...conflictsBetween(whole)],
  };
}

/** Issues inside of a service are told with the service, and better. */
function isMappingAt(data: Record<string, unknown>, issue: { code: string; path: PropertyKey[] }): boolean {
  const [, name] = issue.path;
  if (name === undefined || issue.code === 'invalid_key') return false;
  return isMapping((data.services as Record<string, unknown>)[String(name)]);
}

function besideServices(key: string): Finding {
  return {
    code: 'E_SPEC_CONFLICT',
    path: [key],
    at: 'key',
    message: `\`${key}\` stands beside \`services\``,
    suggestion:
      key === 'service'
        ? 'Leave it out: the keys under services are the names.'
        : 'Move it into each service that it is for; an anchor saves repetition.',
  };
}

/**
 * One service. Where some keys are wrong, what the others mean together is still told: the wrong ones are left out,
 * and so are the rules that look at them.
 */
function understandService(
  name: string,
  raw: Record<string, unknown>,
  at: Path,
  file: string,
  own: readonly Finding[],
): { readonly spec: ServiceSpec | null; readonly findings: Finding[] } {
  const broken = new Set(own.flatMap((finding) => finding.path[at.length] ?? []).map(String));
  const sound = Object.fromEntries(Object.entries(raw).filter(([key]) => !broken.has(key)));
  const parsed = namedService.safeParse({ run: 'true', ...sound });
  if (!parsed.success) return { spec: null, findings: [...own] };
  const spec = normalise(name, parsed.data, file);
  const conflicts = conflictsIn(spec, parsed.data, broken);
  return { spec, findings: [...own, ...conflicts.map((one) => ({ ...one, path: [...at, ...one.path] }))] };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In the order of the file; what several services share by an alias is told once. */
function sorted(errors: readonly SpecError[]): SpecError[] {
  const told = new Set<string>();
  const once = errors.filter(({ line, column, code, message }) => {
    const key = `${line}:${column} ${code} ${message}`;
    return !told.has(key) && told.add(key);
  });
  return once.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
