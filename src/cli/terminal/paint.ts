/** Colours of the terminal, or none. */
export type Ink = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

/** Gives a text a colour; returns it as it is where colours are off. */
export type Painter = (ink: Ink, text: string) => string;

/** Select Graphic Rendition parameters (ECMA-48): on and off. */
const CODES: Readonly<Record<Ink, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

export const painter = (on: boolean): Painter =>
  on ? (ink, text) => `\u001b[${CODES[ink][0]}m${text}\u001b[${CODES[ink][1]}m` : (_ink, text) => text;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences start with ESC
const SEQUENCE = /(\u001b\[[0-9;]*m)/;

/** Columns that a text takes, colours not counted. */
export const columns = (text: string): number =>
  [
    ...text
      .split(SEQUENCE)
      .filter((part) => !part.startsWith('\u001b'))
      .join(''),
  ].length;

/** Cuts a text to so many columns, with an ellipsis where something is lost; colours stay and are closed. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let room: number | null = Math.max(0, width - 1);
  let result = '';
  for (const part of text.split(SEQUENCE)) {
    if (part.startsWith('\u001b[')) {
      result += part;
    } else if (room !== null) {
      const characters = [...part];
      result += characters.slice(0, room).join('');
      const full: boolean = characters.length > room;
      if (full) result += '…';
      room = full ? null : room - characters.length;
    }
  }
  return result;
}
