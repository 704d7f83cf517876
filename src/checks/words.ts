/** Figures as people read them. */

/** A duration of `ms`: "8 ms", "1.5 s", "2 min". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? figure(Math.round(ms * 10) / 10) : Math.round(ms)} ms`;
  if (ms < 120_000) return `${figure(ms / 1_000)} s`;
  return `${figure(ms / 60_000)} min`;
}

/** A fraction as a share: 0.001 is "0.1 %". */
export const share = (fraction: number): string => `${figure(fraction * 100)} %`;

/** At most three significant decimals, thousands grouped. */
export const figure = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 0.1 ? 3 : value < 10 ? 2 : 1 });

/** "1 request", "2 requests". */
export const count = (n: number, one: string): string => `${figure(n)} ${n === 1 ? one : `${one}s`}`;

/** Statuses of HTTP: "200 or 204"; a run of them as "200-203", a whole class as "2xx". */
export function statusWords(statuses: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const status of [...statuses].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && status <= last.to + 1) last.to = status;
    else runs.push({ from: status, to: status });
  }
  return runs.map(runWords).join(' or ');
}

function runWords({ from, to }: { readonly from: number; readonly to: number }): string {
  if (from % 100 === 0 && to === from + 99) return `${from / 100}xx`;
  if (to === from) return String(from);
  return to === from + 1 ? `${from} or ${to}` : `${from}-${to}`;
}
