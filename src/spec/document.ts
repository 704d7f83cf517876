import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';
import type { Path, SpecCode } from './problems/problem.ts';

/** From 1; columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as data, where every key and value knows its place. */
export interface SpecDocument {
  /** Plain data; undefined where the file could not be read as YAML. */
  readonly data: unknown;
  /** What YAML itself finds wrong. */
  readonly problems: readonly DocumentProblem[];
  /** Of the deepest part of `path` that exists. */
  placeOf(path: Path, at: 'key' | 'value'): Place;
}

export interface DocumentProblem extends Place {
  readonly code: SpecCode;
  readonly message: string;
  readonly suggestion: string | null;
}

/** Reads one YAML 1.2 document, with merge keys. Never throws. */
export function readDocument(text: string): SpecDocument {
  const document = parseDocument(text, { prettyErrors: false, merge: true });
  const place = (offset: number) => placeAt(text, offset);
  const problems: DocumentProblem[] = [...document.errors, ...document.warnings].map((problem) => ({
    ...place(problem.pos[0]),
    ...explained(problem.code, problem.message),
  }));
  problems.push(...unresolvedAliases(document, place));
  keepWords(document);
  let data: unknown;
  if (problems.every((problem) => problem.code === 'E_SPEC_DUPLICATE_KEY')) {
    try {
      data = document.toJS();
    } catch (error) {
      // The library refuses aliases that would grow without bounds.
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ ...place(0), code: 'E_SPEC_YAML', message, suggestion: null });
    }
  }
  return {
    data,
    problems,
    placeOf: (path, at) => place(offsetOf(document, path, at)),
  };
}

/** From the text itself: the library's own counter loses lines where a document is broken. */
function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  // A byte order mark is not shown, so it takes no column.
  const hidden = lineStart === 0 && before.startsWith('\ufeff') ? 1 : 0;
  return { line, column: before.length - lineStart - hidden + 1 };
}

function explained(code: string, message: string): Omit<DocumentProblem, 'line' | 'column'> {
  switch (code) {
    case 'DUPLICATE_KEY':
      return {
        code: 'E_SPEC_DUPLICATE_KEY',
        message: 'this key is already there',
        suggestion: 'Keep one of the two.',
      };
    case 'MULTIPLE_DOCS':
      return {
        code: 'E_SPEC_YAML',
        message: 'the file has several documents',
        suggestion: 'Put several services into one document, under services:.',
      };
    case 'TAB_AS_INDENT':
      return { code: 'E_SPEC_YAML', message: 'YAML is not indented with tabs', suggestion: 'Use spaces.' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        code: 'E_SPEC_YAML',
        message: 'a text with ": " in it looks like a mapping',
        suggestion: 'Put the text into quotes.',
      };
    default:
      return {
        code: 'E_SPEC_YAML',
        message: message.charAt(0).toLowerCase() + message.slice(1),
        suggestion: null,
      };
  }
}

function unresolvedAliases(document: Document, place: (offset: number) => Place): DocumentProblem[] {
  const found: DocumentProblem[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return;
      found.push({
        ...place(alias.range?.[0] ?? 0),
        code: 'E_SPEC_YAML',
        message: `there is no anchor &${alias.source} before this`,
        suggestion: null,
      });
    },
  });
  return found;
}

/** Values of variables and headers are words, also where YAML reads a number: `1.10` must not become 1.1. */
function keepWords(document: Document): void {
  visit(document, {
    Pair: (_, pair) => {
      if (!isScalar(pair.key) || !['env', 'headers', 'header'].includes(String(pair.key.value))) return;
      if (!isMap(pair.value)) return;
      for (const { value } of pair.value.items) {
        if (isScalar(value) && ['number', 'boolean'].includes(typeof value.value)) value.value = value.source;
      }
    },
  });
}

/** Follows a path as far as it exists, through aliases and merged mappings. */
function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let node = resolved(document, document.contents);
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const step = stepInto(document, node, segment);
    if (!step) return offset;
    const last = depth === path.length - 1;
    offset = (last && at === 'key' ? step.key : step.value)?.range?.[0] ?? step.key?.range?.[0] ?? offset;
    node = resolved(document, step.value);
  }
  return offset;
}

interface StepInto {
  readonly key: Node | null;
  readonly value: Node | null;
}

function stepInto(document: Document, node: Node | null, segment: string | number): StepInto | null {
  if (isSeq(node)) {
    const value = node.items[Number(segment)] as Node | undefined;
    return value ? { key: null, value } : null;
  }
  if (!isMap(node)) return null;
  const keyText = (key: unknown) => (isScalar(key) ? String(key.value) : null);
  const own = node.items.findLast((pair) => keyText(pair.key) === String(segment));
  if (own) return { key: own.key as Node, value: own.value as Node | null };
  for (const pair of node.items) {
    if (keyText(pair.key) !== '<<' && !isMergeKey(pair.key)) continue;
    const merged = resolved(document, pair.value as Node | null);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const step = stepInto(document, resolved(document, source as Node | null), segment);
      if (step) return step;
    }
  }
  return null;
}

const isMergeKey = (key: unknown) => isScalar(key) && key.source === '<<';

function resolved(document: Document, node: Node | null | undefined): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : (node ?? null);
}
