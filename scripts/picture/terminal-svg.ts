/** Turns what a terminal shows (text with SGR sequences, as `tmux capture-pane -e -p` prints it) into an SVG. */

const BASIC = ['#1c2128', '#f47067', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#adbac7'];
const BRIGHT = ['#636e7b', '#ff938a', '#6bc46d', '#daaa3f', '#6cb6ff', '#dcbdfb', '#56d4dd', '#ffffff'];
const CELL = { width: 8.4, height: 18 };
const PAD = 16;

interface Style {
  readonly colour: string;
  readonly background: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
}
const PLAIN: Style = { colour: '#adbac7', background: null, bold: false, dim: false };

interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

/** An SVG of `screen` with a title bar. `columns`: width of the terminal in characters. */
export function terminalSvg(screen: string, columns: number, title: string): string {
  const lines = screen.replace(/\n+$/, '').split('\n');
  const width = columns * CELL.width + 2 * PAD;
  const height = lines.length * CELL.height + 2 * PAD + 24;
  let style = PLAIN;
  const body = lines.map((line, row) => {
    const parsed = parseLine(line, style);
    style = parsed.style;
    return parsed.runs.map((run) => draw(run, PAD + 24 + (row + 1) * CELL.height - 5)).join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#1c2128"/>`,
    `<circle cx="18" cy="18" r="5" fill="#f47067"/><circle cx="36" cy="18" r="5" fill="#c69026"/><circle cx="54" cy="18" r="5" fill="#57ab5a"/>`,
    `<text x="${width / 2}" y="22" fill="#768390" text-anchor="middle">${escapeXml(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function draw({ column, text, style }: Run, y: number): string {
  const x = PAD + column * CELL.width;
  const length = [...text].length * CELL.width;
  const box = style.background
    ? `<rect x="${x}" y="${y - CELL.height + 5}" width="${length}" height="${CELL.height}" fill="${style.background}"/>`
    : '';
  if (text.trim() === '') return box;
  const weight = style.bold ? ' font-weight="bold"' : '';
  const opacity = style.dim ? ' opacity="0.6"' : '';
  return `${box}<text x="${x}" y="${y}" fill="${style.colour}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${weight}${opacity}>${escapeXml(text)}</text>`;
}

function parseLine(line: string, before: Style): { runs: Run[]; style: Style } {
  const runs: Run[] = [];
  let style = before;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this reads
  for (const part of line.split(/(\x1b\[[0-9;:]*m)/)) {
    const sequence = part.startsWith('\x1b[') ? part.slice(2, -1) : null;
    if (sequence !== null) style = restyle(style, sequence);
    else if (part !== '') {
      runs.push({ column, text: part, style });
      column += [...part].length;
    }
  }
  return { runs, style };
}

function restyle(before: Style, sequence: string): Style {
  let style = before;
  const codes = sequence.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index]!;
    if (code === 0) style = PLAIN;
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 22) style = { ...style, bold: false, dim: false };
    else if (code === 39) style = { ...style, colour: PLAIN.colour };
    else if (code === 49) style = { ...style, background: null };
    else if (code === 38 || code === 48) {
      const indexed = codes[index + 1] === 5;
      const colour = indexed
        ? palette(codes[index + 2]!)
        : `rgb(${codes.slice(index + 2, index + 5).join(',')})`;
      style = code === 38 ? { ...style, colour } : { ...style, background: colour };
      index += indexed ? 2 : 4;
    } else if (code >= 30 && code <= 37) style = { ...style, colour: BASIC[code - 30]! };
    else if (code >= 90 && code <= 97) style = { ...style, colour: BRIGHT[code - 90]! };
    else if (code >= 40 && code <= 47) style = { ...style, background: BASIC[code - 40]! };
  }
  return style;
}

/** Colour of the 256-colour palette. */
function palette(index: number): string {
  if (index < 8) return BASIC[index]!;
  if (index < 16) return BRIGHT[index - 8]!;
  if (index >= 232)
    return `rgb(${Array(3)
      .fill(8 + (index - 232) * 10)
      .join(',')})`;
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
