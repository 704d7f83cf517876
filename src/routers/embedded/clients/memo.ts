/** Most results that are kept, and the longest argument whose result is. */
const ENTRIES = 4_096;
const LONGEST = 512;

/** The same pure function, whose results of late are not computed again. At most some 4 MB, whatever clients send. */
export function createMemo<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (text.length > LONGEST) return compute(text);
    const kept = apart(text);
    const result = compute(kept);
    if (known.size >= ENTRIES) known.clear();
    known.set(kept, result);
    return result;
  };
}

/** The same text, which keeps nothing else: to V8 a cookie is a piece of its header, and keeps all of it. */
function apart(text: string): string {
  // What is made of it goes into heads: texts of two bytes a character are written several times as slowly.
  const narrow = Buffer.from(text, 'latin1').toString('latin1');
  return narrow === text ? narrow : Buffer.from(text, 'utf16le').toString('utf16le');
}
