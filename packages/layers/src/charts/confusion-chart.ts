/** A picture of a confusion matrix. */
import { ArgumentError, type NestedArray } from '@cotangent/tensor';
import { describe } from '../check';
import { element, escapeText, round, textElement } from '../svg';
import { chartDocument, INK, LETTER, uprightText, type ChartOptions } from './plot';

/** The darkest shade, as red, green and blue. */
const DARK = [11, 74, 138] as const;
const TOP = 48;
/** How large a cell is at most and at least, and all of them together if that allows. */
const [LARGEST, SMALLEST, WIDEST] = [64, 14, 460];

/**
 * Draws a confusion matrix as a table of shaded cells: a row for each true class, a column for each predicted one, the numbers in the
 * cells, and shades that say which share of the row a cell is, so that rare classes can be read as well as frequent ones.
 *
 * @param matrix counts or shares, [classes, classes]; of `confusionMatrix`: `await confusionMatrix(...).array()`.
 * @param labels names of the classes. Default: 0, 1, ...
 * @returns the text of an SVG document.
 * @throws ArgumentError when the matrix is not square, has numbers below 0 or NaN, or labels do not fit.
 * @example
 * ```ts
 * import { confusionChart } from '@cotangent/layers';
 * const svg = confusionChart([[8, 2], [1, 9]], ['cat', 'dog']);
 * console.log(svg.includes('true cat, predicted dog: 2 (20 %)')); // true
 * ```
 */
export function confusionChart(
  matrix: NestedArray | readonly ArrayLike<number>[],
  labels?: readonly string[],
  options: ChartOptions = {},
): string {
  const rows = rowsOf(matrix);
  const n = rows.length;
  const names = labels ?? rows.map((_, i) => String(i));
  if (names.length !== n) throw new ArgumentError(`confusionChart: there are ${names.length} labels for ${n} classes; give one for each.`);
  const cell = Math.min(LARGEST, Math.max(SMALLEST, WIDEST / n));
  const longest = Math.max(...names.map((name) => name.length)) * LETTER;
  const left = 44 + longest;
  const isSlanted = longest > cell - 6;
  const below = isSlanted ? 14 + longest * Math.SQRT1_2 : 20;
  const size = n * cell;
  const cells = rows.flatMap((row, i) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    return row.map((value, j) => {
      const share = total === 0 ? 0 : value / total;
      const tip = `true ${names[i]!}, predicted ${names[j]!}: ${numberText(value)} (${Math.round(share * 100)} %)`;
      return drawCell(numberText(value), share, tip, left + j * cell, TOP + i * cell, cell);
    });
  });
  const bottom = TOP + size;
  const texts = names.flatMap((name, i) => {
    const center = (i + 0.5) * cell;
    const [x, y] = [left + center, bottom + 16];
    const slant = isSlanted
      ? { 'text-anchor': 'end', transform: `rotate(-45 ${round(x + 4)} ${round(y)})` }
      : { 'text-anchor': 'middle' };
    return [
      textElement(name, left - 8, TOP + center + 4, { 'text-anchor': 'end' }),
      textElement(name, isSlanted ? x + 4 : x, y, slant),
    ];
  });
  const bar = drawScale(left + size + 20, TOP, size);
  const axes = [
    textElement('predicted class', left + size / 2, bottom + below + 22, { 'text-anchor': 'middle', fill: INK }),
    uprightText('true class', 18, TOP + size / 2),
  ];
  return chartDocument(options.title ?? 'Confusion matrix', left + size + 104, bottom + below + 36, [...cells, ...texts, ...axes, ...bar]);
}

function rowsOf(matrix: unknown): number[][] {
  const isRow = (row: unknown, n: number): boolean =>
    (Array.isArray(row) || ArrayBuffer.isView(row)) && (row as unknown as ArrayLike<unknown>).length === n;
  if (!Array.isArray(matrix) || matrix.length === 0 || !matrix.every((row) => isRow(row, matrix.length))) {
    throw new ArgumentError(
      `confusionChart: the matrix is ${describe(matrix)}; expected as many rows as columns, at least one. ` +
        'Of a tensor give await matrix.array().',
    );
  }
  const rows = (matrix as ArrayLike<number>[]).map((row) => Array.from(row));
  const wrong = rows.flat().find((value) => !(value >= 0 && Number.isFinite(value)));
  if (wrong !== undefined) {
    throw new ArgumentError(`confusionChart: the matrix has an element ${String(wrong)}; expected numbers of at least 0.`);
  }
  return rows;
}

function drawCell(text: string, share: number, tip: string, x: number, y: number, cell: number): string {
  // As large as fits between the edges; too small to read is left out, the tip says it.
  const font = Math.min(14, (cell - 6) / (text.length * 0.6));
  return element('g', {}, [
    element('title', {}, escapeText(tip)),
    element('rect', { x, y, width: cell, height: cell, fill: shade(share), stroke: '#ffffff' }),
    font < 6 ? '' : textElement(text, x + cell / 2, y + cell / 2 + font * 0.36, {
      'text-anchor': 'middle', 'font-size': font, fill: share > 0.66 ? '#ffffff' : INK,
    }),
  ].join(''));
}

/** A bar that says which shade is which share. */
function drawScale(x: number, top: number, height: number): string[] {
  const stop = (offset: string, share: number): string => element('stop', { offset, 'stop-color': shade(share) });
  return [
    element('defs', {}, element('linearGradient', { id: 'share', x1: 0, x2: 0, y1: 0, y2: 1 }, stop('0', 1) + stop('1', 0))),
    element('rect', { x, y: top, width: 12, height, fill: 'url(#share)' }),
    textElement('100 %', x + 18, top + 10),
    textElement('0 %', x + 18, top + height),
    uprightText('share of the row', x + 66, top + height / 2),
  ];
}

/** From a very light grey blue to the dark one. */
function shade(share: number): string {
  const light = [240, 244, 249] as const;
  return `#${DARK.map((dark, i) => Math.round(light[i]! + (dark - light[i]!) * share).toString(16).padStart(2, '0')).join('')}`;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
