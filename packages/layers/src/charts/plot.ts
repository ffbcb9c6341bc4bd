/** The frame that charts of numbers share: axes with ticks and a grid, lines, and a legend below. */
import { element, escapeText, round, textElement } from '../svg';

/** What all charts take. */
export interface ChartOptions {
  /** The heading. Each chart has a default. */
  readonly title?: string;
}

export interface Axis {
  readonly label: string;
  /** Rising; the first and the last are the ends of the axis. */
  readonly ticks: readonly number[];
}

export interface Line {
  /** For the legend; lines without a name are not in it. */
  readonly name?: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dots on the points: radius, and what is said when the pointer rests there. */
  readonly dots?: readonly { readonly radius: number; readonly tip: string }[];
  /** How far the band around the line reaches up and down at each point. */
  readonly band?: readonly number[];
}

export interface Plot {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export const INK = '#22262c';
export const FAINT = '#5b616b';
export const REFERENCE = '#8a8f98';
const GRID = '#e6e8ec';
/** Told apart by people who see fewer colours too (Okabe and Ito, 2008), the yellow ones darker. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#9a7d0a', '#56b4e9'];
/** The mean width of a letter at 12 pixels, a little wide, so that texts have room. */
export const LETTER = 6.8;
const TOP = 44;
const RIGHT = 32;
const ROW = 20;
const SAMPLE = 24;

/** The colour of a line by its place; they repeat after six. */
export function colorOf(place: number): string {
  return COLORS[place % COLORS.length]!;
}

/** A whole SVG document on white, with a heading. */
export function chartDocument(title: string, width: number, height: number, parts: readonly string[]): string {
  const [w, h] = [Math.ceil(Math.max(width, title.length * 9 + 24)), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" ` +
      `font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12" fill="${FAINT}">`,
    `<title>${escapeText(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    textElement(title, w / 2, 26, { 'text-anchor': 'middle', 'font-size': 15, 'font-weight': 600, fill: INK }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** Draws lines in a frame. */
export function plot({ title, width, height, x, y, lines }: Plot): string {
  const tickTexts = y.ticks.map(tickText);
  const left = 40 + Math.max(...tickTexts.map((text) => text.length)) * LETTER;
  const across = (value: number): number => left + share(x, value) * width;
  const down = (value: number): number => TOP + (1 - share(y, value)) * height;
  const bottom = TOP + height;
  const legend = drawLegend(lines, left, bottom + 62, width);
  const grid = y.ticks.map((tick) => element('line', { x1: left, x2: left + width, y1: down(tick), y2: down(tick), stroke: GRID }));
  const upright = x.ticks.map((tick) => element('line', { x1: across(tick), x2: across(tick), y1: TOP, y2: bottom, stroke: GRID }));
  const texts = [
    ...y.ticks.map((tick, i) => textElement(tickTexts[i]!, left - 8, down(tick) + 4, { 'text-anchor': 'end' })),
    ...x.ticks.map((tick) => textElement(tickText(tick), across(tick), bottom + 18, { 'text-anchor': 'middle' })),
    textElement(x.label, left + width / 2, bottom + 40, { 'text-anchor': 'middle', fill: INK }),
    uprightText(y.label, 18, TOP + height / 2),
  ];
  const frame = element('path', { d: `M${round(left)} ${TOP}V${bottom}H${round(left + width)}`, fill: 'none', stroke: REFERENCE });
  const drawn = lines.map((line) => drawLine(line, across, down));
  const parts = [...grid, ...upright, frame, ...texts, ...drawn, ...legend.parts];
  return chartDocument(title, left + width + RIGHT, bottom + 54 + legend.height, parts);
}

/** A text that reads from bottom to top. */
export function uprightText(text: string, x: number, y: number): string {
  return textElement(text, x, y, { 'text-anchor': 'middle', fill: INK, transform: `rotate(-90 ${round(x)} ${round(y)})` });
}

function share({ ticks }: Axis, value: number): number {
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  return (value - low) / (high - low);
}

function drawLine(line: Line, across: (x: number) => number, down: (y: number) => number): string {
  const { color, points, dots = [], band } = line;
  const places = points.map(([x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? ([across(x), down(y)] as const) : undefined));
  const parts: string[] = [];
  if (band) {
    const known = points.flatMap(([x, y], i) => (Number.isFinite(y + band[i]!) ? [[x, y, band[i]!] as const] : []));
    const corner = (x: number, y: number): string => `${round(across(x))} ${round(down(y))}`;
    const corners = [...known.map(([x, y, b]) => corner(x, y + b)), ...known.reverse().map(([x, y, b]) => corner(x, y - b))];
    if (corners.length > 2) parts.push(element('path', { d: `M${corners.join('L')}Z`, fill: color, 'fill-opacity': '0.15' }));
  }
  const d = pathThrough(places);
  if (d !== '') {
    parts.push(element('path', {
      d, fill: 'none', stroke: color, 'stroke-width': line.dashed ? 1.2 : 2, 'stroke-linejoin': 'round',
      'stroke-dasharray': line.dashed ? '5 4' : undefined,
    }));
  }
  dots.forEach(({ radius, tip }, i) => {
    const place = places[i];
    if (!place) return;
    parts.push(element('circle', { cx: place[0], cy: place[1], r: radius, fill: color }, element('title', {}, escapeText(tip))));
  });
  return element('g', {}, parts.join('') || ' ');
}

/** Through all places, with a gap where one is undefined. Places that fall on the one before are left out: nobody could see them. */
function pathThrough(places: readonly (readonly [number, number] | undefined)[]): string {
  let d = '';
  let before: string | undefined;
  for (const place of places) {
    const here = place && `${round(place[0])} ${round(place[1])}`;
    if (here !== undefined && here !== before) d += `${before === undefined ? 'M' : 'L'}${here}`;
    before = here;
  }
  return d;
}

/** Names beside samples of their lines, as many in a row as fit. */
function drawLegend(lines: readonly Line[], left: number, top: number, width: number): { parts: string[]; height: number } {
  const parts: string[] = [];
  let [x, y] = [left, top];
  for (const { name, color, dashed } of lines) {
    if (name === undefined) continue;
    const wide = SAMPLE + 8 + name.length * LETTER;
    if (x > left && x + wide > left + width) [x, y] = [left, y + ROW];
    const sample = {
      x1: x, x2: x + SAMPLE, y1: y, y2: y, stroke: color, 'stroke-width': dashed ? 1.2 : 2, 'stroke-dasharray': dashed ? '5 4' : undefined,
    };
    parts.push(element('line', sample), textElement(name, x + SAMPLE + 6, y + 4, { fill: INK }));
    x += wide + 16;
  }
  return { parts, height: parts.length === 0 ? 0 : y - top + 24 };
}

/** Round numbers around a range, about five steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(low: number, high: number, options: { readonly whole?: boolean } = {}): number[] {
  const range = high > low ? high - low : Math.abs(high) || 1;
  const rough = range / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const nice = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999)!;
  const step = options.whole ? Math.max(1, nice) : nice;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return Number(value.toPrecision(6)).toExponential().replace('e+', 'e');
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}
