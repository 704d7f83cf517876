/** Lines around a difference that are shown for orientation. */
const CONTEXT = 2;
/** Differing lines shown of either side. */
const SHOWN = 20;
/** Characters of a line. */
const WIDTH = 300;

/**
 * Where two texts differ, as lines: `  ` the same, `- ` expected, `+ ` what came. What they have in common at the
 * beginning and at the end is left out but for two lines.
 */
export function difference(expected: string, got: string): string[] {
  const wanted = expected.split('\n');
  const came = got.split('\n');
  const shorter = Math.min(wanted.length, came.length);
  let start = 0;
  while (start < shorter && wanted[start] === came[start]) start += 1;
  let end = 0;
  while (end < shorter - start && wanted[wanted.length - 1 - end] === came[came.length - 1 - end]) end += 1;
  return [
    ...lines('  ', came.slice(Math.max(0, start - CONTEXT), start)),
    ...lines('- ', wanted.slice(start, wanted.length - end)),
    ...lines('+ ', came.slice(start, came.length - end)),
    ...lines('  ', came.slice(came.length - end, came.length - end + CONTEXT)),
  ];
}

function lines(mark: string, texts: readonly string[]): string[] {
  const shown = texts.slice(0, SHOWN).map((text) => {
    const visible = text.replaceAll('\r', '\\r');
    return `${mark}${visible.length > WIDTH ? `${visible.slice(0, WIDTH)}...` : visible}`;
  });
  return texts.length > SHOWN ? [...shown, `${mark}(${texts.length - SHOWN} more lines)`] : shown;
}
