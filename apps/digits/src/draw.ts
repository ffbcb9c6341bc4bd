/** Pictures made of characters. */
import plot from 'simple-ascii-chart';

/** How much the terminal can do. */
export interface Style {
  /** Colours and block characters; otherwise plain letters and signs. */
  readonly rich: boolean;
  /** Characters in a line. */
  readonly columns: number;
}

/** Characters for paper to ink, when there are no colours. */
const RAMP = ' .:-=+*#%@';
/** Grey levels of the 256-colour palette, from almost black to almost white. */
const GREY = 232;
const GREYS = 24;
/** Pixels along each side of a picture. */
const PIXELS = 14;
const GAP = '  ';

/** An image, square and row by row, with what is written under it. */
export interface Picture {
  readonly pixels: ArrayLike<number>;
  readonly caption: string;
}

/** How many pictures fit beside each other. */
export function picturesPerRow({ columns }: Style): number {
  return Math.max(1, Math.floor((columns + GAP.length) / (PIXELS + GAP.length)));
}

/**
 * Pictures beside each other, as many as fit into a line, then more below. Every picture uses the whole range from its
 * darkest to its brightest pixel.
 */
export function drawPictures(pictures: readonly Picture[], style: Style): string {
  const perRow = picturesPerRow(style);
  const rows: string[] = [];
  for (let start = 0; start < pictures.length; start += perRow) {
    const some = pictures.slice(start, start + perRow);
    const drawn = some.map(({ pixels }) => drawPicture(pixels, style.rich));
    drawn[0]!.forEach((_, line) => rows.push(drawn.map((picture) => picture[line]!).join(GAP)));
    rows.push(some.map(({ caption }) => caption.padEnd(PIXELS)).join(GAP).trimEnd());
  }
  return style.rich ? rows.join('\n') : rows.map((row) => row.trimEnd()).join('\n');
}

/** The lines of one picture; a character is as high as two pixels. */
function drawPicture(pixels: ArrayLike<number>, rich: boolean): string[] {
  const small = shrink(pixels, PIXELS);
  const lines: string[] = [];
  for (let y = 0; y < PIXELS; y += 2) {
    let line = '';
    for (let x = 0; x < PIXELS; x++) {
      const [upper, lower] = [small[y * PIXELS + x]!, small[(y + 1) * PIXELS + x]!];
      line += rich ? halfBlock(upper, lower) : RAMP[Math.round(((upper + lower) / 2) * (RAMP.length - 1))]!;
    }
    lines.push(rich ? `${line}\u001b[0m` : line);
  }
  return lines;
}

/** Two pixels in one character: the upper one is the block, the lower one the ground behind it. */
function halfBlock(upper: number, lower: number): string {
  const grey = (ink: number): number => GREY + Math.round(ink * (GREYS - 1));
  return `\u001b[38;5;${grey(upper)};48;5;${grey(lower)}m\u2580`;
}

/** Means over squares of pixels, from 0 (the darkest) to 1 (the brightest). The side must be a multiple of `side`. */
function shrink(pixels: ArrayLike<number>, side: number): Float64Array {
  const from = Math.sqrt(pixels.length);
  const factor = from / side;
  const means = new Float64Array(side * side);
  for (let i = 0; i < pixels.length; i++) {
    const [y, x] = [Math.floor(i / from), i % from];
    means[Math.floor(y / factor) * side + Math.floor(x / factor)]! += pixels[i]! / factor ** 2;
  }
  const low = Math.min(...means);
  const range = Math.max(...means) - low || 1;
  return means.map((mean) => (mean - low) / range);
}

/** A figure over the epochs, one value for each. */
export interface Curve {
  readonly name: string;
  readonly values: readonly number[];
}

/** Two curves over the epochs, one as a line, one as points. Empty with fewer than two epochs. */
export function drawCurves(title: string, line: Curve, points: Curve, { rich, columns }: Style): string {
  const epochs = line.values.length;
  if (epochs < 2) return '';
  const ticks = niceTicks([...line.values, ...points.values]);
  const decimals = Math.max(0, -Math.floor(Math.log10(ticks[1]! - ticks[0]!) + 1e-9));
  const chart = plot(
    line.values.map((value, i) => [i + 1, value]),
    {
      width: Math.min(64, columns - 10),
      height: 2 * ticks.length - 1,
      yRange: [ticks[0]!, ticks.at(-1)!],
      customXAxisTicks: epochTicks(epochs),
      customYAxisTicks: ticks,
      formatter: (value, { axis }) => (axis === 'y' ? value.toFixed(decimals) : String(value)),
      points: points.values.map((y, i) => ({ x: i + 1, y, ...(rich ? { color: 'ansiMagenta' as const } : {}) })),
      symbols: { point: 'o' },
      ...(rich ? { color: 'ansiCyan' as const } : {}),
    },
  );
  const rows = chart.split('\n').map((row) => row.trimEnd());
  return [`${title} over the epochs: line ${line.name}, o ${points.name}`, ...rows.filter((row) => row !== '')].join('\n');
}

/** Round numbers that enclose all values, four to eight of them. */
function niceTicks(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const rough = (high - low || Math.abs(high) || 1) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  // Multiples are computed one by one and rounded, so that 3 * 0.1 is 0.3.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function epochTicks(epochs: number): number[] {
  const step = Math.max(1, Math.ceil(epochs / 10 / 5) * 5);
  const every = epochs <= 12 ? 1 : step;
  const ticks = Array.from({ length: Math.floor(epochs / every) }, (_, i) => (i + 1) * every);
  return every === 1 ? ticks : [1, ...ticks];
}
