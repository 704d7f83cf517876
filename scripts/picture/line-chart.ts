/** A small line chart as SVG, readable on light and dark ground. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn as a staircase: a value holds until the next. */
  readonly steps?: boolean;
}

export interface Axis {
  readonly title: string;
  readonly ticks: readonly (readonly [value: number, label: string])[];
  readonly log?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** Levels across the whole width, named on their right ends. */
  readonly levels?: readonly (readonly [y: number, name: string])[];
}

const SIZE = { width: 680, height: 300 };
const EDGE = { left: 74, right: 170, top: 34, bottom: 48 };
const COLOURS = ['#2f81f7', '#d29922', '#3fb950', '#f85149'];
const GREY = '#768390';

/** The ends of both axes are those of their ticks; what lies beyond is cut off. */
export function lineChart({ title, x, y, lines, levels = [] }: Chart): string {
  const toX = scale(x, EDGE.left, SIZE.width - EDGE.right);
  const toY = scale(y, SIZE.height - EDGE.bottom, EDGE.top);
  const [left, right] = [EDGE.left, SIZE.width - EDGE.right];
  const [top, bottom] = [EDGE.top, SIZE.height - EDGE.bottom];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}" font-family="system-ui,sans-serif" font-size="12" fill="${GREY}">`,
    `<title>${escaped(title)}</title>`,
    `<clipPath id="plot"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath>`,
    text(left, 18, title, 'start', 'font-size="13" font-weight="600"'),
    ...y.ticks.flatMap(([value, label]) => [
      `<line x1="${left}" x2="${right}" y1="${toY(value)}" y2="${toY(value)}" stroke="${GREY}" stroke-opacity=".25"/>`,
      text(left - 8, toY(value) + 4, label, 'end'),
    ]),
    ...x.ticks.map(([value, label]) => text(toX(value), bottom + 18, label, 'middle')),
    text((left + right) / 2, SIZE.height - 8, x.title, 'middle'),
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
    ...levels.flatMap(([level, name]) => [
      `<line x1="${left}" x2="${right}" y1="${toY(level)}" y2="${toY(level)}" stroke="${GREY}" stroke-dasharray="5 4"/>`,
      // On the line, at its end: beside the plot stand the names of lines.
      text(right - 6, toY(level) - 5, name, 'end'),
    ]),
    ...lines.flatMap(({ name, points, steps }, j) => {
      const colour = COLOURS[j % COLOURS.length]!;
      const shown = points.map(([px, py]) => [round(toX(px)), round(toY(py))] as const);
      const path = shown
        .map(([px, py], k) => (k === 0 ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`))
        .join('');
      return [
        `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" clip-path="url(#plot)"/>`,
        text(right + 8, EDGE.top + 12 + 18 * j, name, 'start', `fill="${colour}" font-weight="600"`),
      ];
    }),
    '</svg>\n',
  ].join('\n');
}

function scale({ ticks, log = false }: Axis, from: number, to: number): (value: number) => number {
  const on = (value: number) => (log ? Math.log(value) : value);
  const [first, last] = [on(ticks[0]![0]), on(ticks.at(-1)![0])];
  return (value) => round(from + ((on(value) - first) / (last - first)) * (to - from));
}

const round = (value: number) => Math.round(value * 10) / 10;

const text = (x: number, y: number, content: string, anchor: string, more = '') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${escaped(content)}</text>`;

const escaped = (content: string) => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
