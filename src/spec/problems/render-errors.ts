import type { SpecError } from './problem.ts';

/**
 * The errors as text for people, without colours: place and message, the line itself, a caret under the place, and a
 * suggestion. `text` is the file's content.
 */
export function renderSpecErrors(errors: readonly SpecError[], text: string): string {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  return errors.map((error) => renderOne(error, lines[error.line - 1])).join('\n\n');
}

function renderOne(error: SpecError, line: string | undefined): string {
  const rendered = [`${error.file}:${error.line}:${error.column}: ${error.message} [${error.code}]`];
  if (line !== undefined) {
    const gutter = `${error.line} | `;
    rendered.push(`  ${gutter}${visible(line)}`);
    rendered.push(`  ${' '.repeat(gutter.length - 2)}| ${padding(line.slice(0, error.column - 1))}^`);
  }
  if (error.suggestion !== null) rendered.push(`  ${error.suggestion}`);
  return rendered.join('\n');
}

/** A file's control characters must not reach a terminal. Tabs stay, as the padding has them too. */
function visible(line: string): string {
  return line.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (char) => (char === '\t' ? char : '\u00b7'));
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** As wide as `before` is on a terminal: tabs as tabs, wide characters as two columns. */
function padding(before: string): string {
  let columns = '';
  for (const { segment } of graphemes.segment(before))
    columns += segment === '\t' ? '\t' : ' '.repeat(width(segment));
  return columns;
}

/** East Asian wide and full-width characters (Unicode TR11), and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;

function width(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}
