/** Keeps the head and the tail of a text that may be long, so that both the cause and the end of it are seen. */
export interface BoundedText {
  append(text: string): void;
  /** All of it, or head and tail with a line between that says how much is missing. */
  toString(): string;
}

/** `limit`: characters kept, half of them from the beginning. */
export function boundedText(limit: number): BoundedText {
  const half = Math.floor(limit / 2);
  let head = '';
  let tail = '';
  let dropped = 0;
  return {
    append(text) {
      const room = Math.max(0, half - head.length);
      head += text.slice(0, room);
      tail += text.slice(room);
      // Cut only now and then, so that many short pieces do not copy the tail each time.
      if (tail.length > 2 * half) {
        dropped += tail.length - half;
        tail = tail.slice(-half);
      }
    },
    toString() {
      const over = Math.max(0, tail.length - half);
      const missing = dropped + over;
      return missing === 0
        ? head + tail
        : `${head}\n[... ${missing} characters left out ...]\n${tail.slice(over)}`;
    },
  };
}

/** The same for a text that is there already. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const bounded = boundedText(limit);
  bounded.append(text);
  return bounded.toString();
}
