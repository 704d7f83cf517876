/** A power of two. */
const SLOTS = 1_024;
/** Longer texts are made anew each time: they hardly come again, and comparing them takes as long. */
const LONGEST = 64;

/**
 * Texts of Latin-1 that came of late, by their bytes: hosts, paths and names of clients come again and again, and to make a
 * text takes longer than to find it. One place for each text and whichever came last has it, so at most 64 KB of text.
 */
export class RecentTexts {
  readonly #slots: string[] = new Array<string>(SLOTS).fill('');

  of(bytes: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return bytes.toString('latin1', start, end);
    let hash = 0;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
    const known = this.#slots[slot]!;
    if (isText(known, bytes, start, end)) return known;
    const text = bytes.toString('latin1', start, end);
    this.#slots[slot] = text;
    return text;
  }
}

function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
