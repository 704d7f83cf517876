/** Clients of candidate without which nothing leans anywhere. */
const ENOUGH = 5;
/** How much more must speak for safe than for harm. */
const BY = 1.5;

/**
 * No proof, but nothing against it: evidence of safe is one and a half times that of harm, and that of harm is not above 1. It
 * is the comparison that tells a good release from one twice as bad: after five minutes of 100 clients a second, of whom stable fails 0.1 %,
 * 75 % of the healthy ones lean so, and 6 % of those. Evidence of safe above 1 says the same of 21 % and none: it grows too slowly.
 */
export function leansSafe(
  { harm, safe }: { readonly harm: number; readonly safe: number },
  clients: number,
): boolean {
  return clients >= ENOUGH && harm < 1 && safe >= BY * harm;
}
