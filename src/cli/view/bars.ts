import type { Painter } from '../terminal/paint.ts';

/** `████░░░░` for a share 0-1; anything above 0 shows at least a sliver. */
export function bar(value: number, width: number): string {
  const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
  const filled = Math.min(1, Math.max(0, value)) * width;
  const whole = Math.floor(filled);
  const part = Math.floor((filled - whole) * 8) || (value > 0 && whole === 0 ? 1 : 0);
  const body = '█'.repeat(whole) + (eighths[part] ?? '');
  return body + '░'.repeat(width - whole - (part > 0 ? 1 : 0));
}

/** A bar in the colour of its environment. */
export const splitBar = (colour: 'blue' | 'green', basisPoints: number, width: number, paint: Painter) =>
  paint(colour, bar(basisPoints / 10_000, width));

/**
 * How far an E value is on its way to the one that is needed, 0-1, on the logarithmic scale on which evidence adds up;
 * below 1 it speaks for neither.
 */
export function progress(e: number, needed: number): number {
  if (!(e > 1) || !(needed > 1)) return 0;
  return Math.min(1, Math.log(e) / Math.log(needed));
}
