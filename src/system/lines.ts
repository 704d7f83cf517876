/** Cuts text that comes in pieces into lines. */
export interface LineCutter {
  push(text: string): void;
  /** Hands on what is left: a last line without its end. */
  flush(): void;
}

/** A line without an end is handed on at this length, so that memory stays bounded. */
const LONGEST = 64 * 1024;

/** `onLine` gets each line with its `\n`. */
export function lineCutter(onLine: (line: string) => void): LineCutter {
  let rest = '';
  const flush = () => {
    if (rest !== '') onLine(rest);
    rest = '';
  };
  return {
    push(text) {
      rest += text;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        onLine(rest.slice(0, end + 1));
        rest = rest.slice(end + 1);
      }
      if (rest.length > LONGEST) flush();
    },
    flush,
  };
}
