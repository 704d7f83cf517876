/** Most results that are kept, and the longest argument whose result is. */
const ENTRIES = 4_096;
const LONGEST = 512;

/** The same pure function, whose results of late are not computed again. At most some 4 MB, whatever clients send. */
export function createMemo<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = compute(text);
    if (text.length <= LONGEST) {
      if (known.size >= ENTRIES) known.clear();
      known.set(text, result);
    }
    return result;
  };
}
