/** A drawing of a model: its layers as boxes with shapes, and the way of the data between them. */
import { ArgumentError, readOptions, show, type DType } from '@cotangent/tensor';
import type { Module } from '../module';
import { escapeText, round } from '../svg';
import { layOut, type Layout } from './layout';
import { traceModel, type SummaryInput, type Vertex } from './trace';

export interface ModelGraphOptions {
  /** Element type of inputs given as shapes. Default float32; int32 for indices. */
  readonly dtype?: DType;
  /** Whether boxes say how many places of the input one place of the output sees. Default true. */
  readonly receptiveFields?: boolean;
}

const BOX = 46;
const GAP = 30;
const MARGIN = 16;
const LETTER = 7.2;
const COLORS: Readonly<Record<Vertex['kind'], readonly [fill: string, line: string]>> = {
  input: ['#eef6ee', '#7aa87a'],
  layer: ['#eef3fb', '#7c96c4'],
  op: ['#fdf5e6', '#c9a55c'],
  output: ['#f7eef6', '#b084a8'],
};

/**
 * Draws a model as an SVG picture: a box for every call of a layer, with its path, class and output shape, and for every op that
 * brings several ways together, and lines along which values go, from the inputs at the top to the outputs at the bottom. A layer
 * that is called twice has two boxes of one name. The model is recorded and not computed, in evaluation, as by `summary`.
 *
 * @param input the shape of the input, batch first, or the input itself; an array of several for several inputs.
 * @returns the text of an SVG document.
 * @throws ArgumentError when the model cannot take the input; the cause says why.
 * @example
 * ```ts
 * import { Conv2d, modelGraph, ReLU, Residual, Sequential } from '@cotangent/layers';
 * const block = new Residual(new Sequential(new Conv2d(3, 3, 3, { padding: 1 }), new ReLU()));
 * const svg = modelGraph(block, [1, 3, 8, 8]);
 * console.log(svg.startsWith('<svg'), svg.includes('Conv2d')); // true true
 * ```
 */
export function modelGraph(model: Module, input: SummaryInput, options: ModelGraphOptions = {}): string {
  const { dtype = 'float32', receptiveFields = true } = readOptions('modelGraph', options, ['dtype', 'receptiveFields']);
  const vertices = traceModel('modelGraph', model, input, dtype).vertices.filter(isDrawn);
  if (vertices.length === 0) throw new ArgumentError('modelGraph: the model calls no layer and gives no tensor, so there is nothing to draw.');
  const place = new Map(vertices.map((vertex, i) => [vertex, i]));
  const boxes = vertices.map((vertex) => {
    const lines = textOf(vertex, receptiveFields);
    const width = Math.max(60, Math.ceil(Math.max(...lines.map((line) => line.length)) * LETTER) + 20);
    return { vertex, lines, width, from: vertex.from.flatMap((source) => place.get(source) ?? []) };
  });
  const layout = layOut(boxes);
  const [width, height] = [layout.width + 2 * MARGIN, layout.rows * (BOX + GAP) - GAP + 2 * MARGIN];
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  const title = `${escapeText(model.constructor.name)}: ${vertices.length} boxes`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    `<title>${title}</title>`,
    '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      '<path d="M0 0L8 4L0 8z" fill="#8a8f98"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...layout.lines.map((line) => path(layout, line)),
    ...boxes.map(({ vertex, lines, width: wide }, i) => box(vertex, lines, wide, layout.spots[i]!.x + MARGIN, top(layout.spots[i]!.row))),
    '</svg>',
    '',
  ].join('\n');
}

/** Modules that call others are not drawn: what they call is. */
function isDrawn({ module }: Vertex): boolean {
  return module === undefined || module.children().length === 0;
}

function textOf(vertex: Vertex, receptiveFields: boolean): string[] {
  const { kind, name, module, shape, receptiveField } = vertex;
  const first = module ? (name === '' ? module.constructor.name : `${name} ${module.constructor.name}`) : name;
  const sees = receptiveFields && kind !== 'input' && receptiveField?.some((n) => n > 1) ? ` sees ${receptiveField.join('x')}` : '';
  return [first, `${shape ? show(shape) : ''}${sees}`];
}

function box({ kind }: Vertex, lines: readonly string[], width: number, x: number, y: number): string {
  const [fill, stroke] = COLORS[kind];
  const frame =
    `<rect x="${round(x - width / 2)}" y="${round(y)}" width="${width}" height="${BOX}" rx="6" fill="${fill}" stroke="${stroke}"/>`;
  const texts = lines.map((line, i) => {
    const style = i === 0 ? 'font-weight="600" fill="#22262c"' : 'fill="#5b616b"';
    return `<text x="${round(x)}" y="${round(y + 19 + 17 * i)}" text-anchor="middle" ${style}>${escapeText(line)}</text>`;
  });
  return `<g>${frame}${texts.join('')}</g>`;
}

/** From the bottom of a box through the lanes to the top of another. */
function path({ spots }: Layout, { from, to, lanes }: Layout['lines'][number]): string {
  const start = spots[from]!;
  const [x0, y0] = [start.x + MARGIN, top(start.row) + BOX];
  let d = `M${round(x0)} ${round(y0)}`;
  let [x, y] = [x0, y0];
  const bend = (toX: number, toY: number): void => {
    const middle = (y + toY) / 2;
    d += `C${round(x)} ${round(middle)} ${round(toX)} ${round(middle)} ${round(toX)} ${round(toY)}`;
    [x, y] = [toX, toY];
  };
  lanes.forEach((lane, i) => {
    const laneTop = top(start.row + 1 + i);
    bend(lane + MARGIN, laneTop);
    d += `V${round(laneTop + BOX)}`;
    y = laneTop + BOX;
  });
  bend(spots[to]!.x + MARGIN, top(spots[to]!.row) - 1);
  return `<path d="${d}" fill="none" stroke="#8a8f98" stroke-width="1.2" marker-end="url(#end)"/>`;
}

function top(row: number): number {
  return MARGIN + row * (BOX + GAP);
}
