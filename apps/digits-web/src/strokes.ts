/**
 * From strokes to the image the network sees. The network has only met digits that were cut out, scaled and centred in one way, so
 * what is drawn is treated the same: where on the pad and how large it is drawn does not matter.
 */

/** In parts of the pad: (0, 0) is its upper left corner, (1, 1) the lower right one. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The points between pen down and pen up. One point is a dot. */
export type Stroke = readonly Point[];

/** How a data set cut out its digits. Lengths are in pixels of the image. */
export interface Framing {
  /** Pixels along each side. */
  readonly side: number;
  /** The box that ink fills: its height always, its width at most. */
  readonly height: number;
  readonly width: number;
  /** The middle of the box, or the centre of all ink, lies in the middle of the image. */
  readonly centre: 'box' | 'mass';
  /** Thickness of a line so long. */
  readonly thickness: (length: number) => number;
}

/**
 * As the bitmaps behind `digits()`: ink fills the height, most are six to seven columns wide, and short digits have thick lines, so that
 * every digit covers about 30 % of the image.
 */
const BUILT_IN: Framing = {
  side: 8,
  height: 8,
  width: 6.6,
  centre: 'box',
  thickness: (length) => Math.min(1.7, Math.max(1.1, 19.5 / length)),
};

/** As MNIST: a box of 20 x 20, moved so that the centre of mass is the middle of 28 x 28. */
const MNIST: Framing = { side: 28, height: 20, width: 20, centre: 'mass', thickness: () => 2.4 };

export function framingFor(side: number): Framing {
  return side === BUILT_IN.side ? BUILT_IN : MNIST;
}

/** Sub-pixels along each side of a pixel, as in the built-in digits, which count the ink in 4 x 4 bits. */
const FINE = 4;
/** Nothing is enlarged as if it were smaller than this part of the pad: a dot stays a dot. */
const SMALLEST = 0.15;
/** A wide digit is made narrower than it is high by this factor at most. */
const MOST_STRETCH = 1.8;

/** The strokes as an image of side x side numbers from 0 (paper) to 1 (ink), row by row. All 0 without strokes. */
export function imageOf(strokes: readonly Stroke[], framing: Framing): Float32Array {
  const { side, centre } = framing;
  const image = new Float32Array(side * side);
  const points = strokes.flat();
  if (points.length === 0) return image;
  const { lines, thickness } = place(strokes, points, framing);
  let bitmap = rasterise(lines, thickness, side, 0, 0);
  if (centre === 'mass') {
    const { x, y } = massCentre(bitmap, side * FINE);
    bitmap = rasterise(lines, thickness, side, side / 2 - x / FINE, side / 2 - y / FINE);
  }
  const fine = side * FINE;
  bitmap.forEach((ink, i) => {
    const [row, column] = [Math.floor(i / fine / FINE), Math.floor((i % fine) / FINE)];
    image[row * side + column]! += ink / FINE ** 2;
  });
  return image;
}

/** The strokes in pixels of the image, scaled and with the box in its middle, and how thick they are. */
function place(
  strokes: readonly Stroke[],
  points: readonly Point[],
  { side, height, width, thickness: thicknessOf }: Framing,
): { lines: Stroke[]; thickness: number } {
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const [wide, high] = [Math.max(right - left, SMALLEST), Math.max(bottom - top, SMALLEST)];
  /** Lines are placed so that their edges, not their middles, reach the border of the box. */
  const placed = (thickness: number): Stroke[] => {
    const across = (width - thickness) / wide;
    const scaleY = Math.min((height - thickness) / high, across * MOST_STRETCH);
    const scaleX = Math.min(scaleY, across);
    return strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: side / 2 + (x - (left + right) / 2) * scaleX,
        y: side / 2 + (y - (top + bottom) / 2) * scaleY,
      })),
    );
  };
  const thickness = thicknessOf(lengthOf(placed(1)));
  return { lines: placed(thickness), thickness };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function lengthOf(strokes: readonly Stroke[]): number {
  let length = 0;
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) length += Math.hypot(stroke[i]!.x - stroke[i - 1]!.x, stroke[i]!.y - stroke[i - 1]!.y);
  }
  return length;
}

/** Sub-pixels within half a thickness of a line are 1. Lines are moved by (dx, dy) pixels. */
function rasterise(strokes: readonly Stroke[], thickness: number, side: number, dx: number, dy: number): Uint8Array {
  const fine = side * FINE;
  const bitmap = new Uint8Array(fine * fine);
  const radius = (thickness / 2) * FINE;
  for (const stroke of strokes) {
    const moved = stroke.map(({ x, y }) => ({ x: (x + dx) * FINE, y: (y + dy) * FINE }));
    moved.forEach((to, i) => {
      drawLine(bitmap, fine, moved[i - 1] ?? to, to, radius);
    });
  }
  return bitmap;
}

function drawLine(bitmap: Uint8Array, fine: number, from: Point, to: Point, radius: number): void {
  const [x0, x1] = [Math.min(from.x, to.x) - radius, Math.max(from.x, to.x) + radius];
  const [y0, y1] = [Math.min(from.y, to.y) - radius, Math.max(from.y, to.y) + radius];
  for (let row = Math.max(0, Math.floor(y0)); row < Math.min(fine, Math.ceil(y1)); row++) {
    for (let column = Math.max(0, Math.floor(x0)); column < Math.min(fine, Math.ceil(x1)); column++) {
      if (distance({ x: column + 0.5, y: row + 0.5 }, from, to) <= radius) bitmap[row * fine + column] = 1;
    }
  }
}

/** From a point to the nearest point of a line. */
function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = dx === 0 && dy === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}

function massCentre(bitmap: Uint8Array, fine: number): Point {
  let [mass, x, y] = [0, 0, 0];
  bitmap.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % fine) + 0.5);
    y += ink * (Math.floor(i / fine) + 0.5);
  });
  return mass === 0 ? { x: fine / 2, y: fine / 2 } : { x: x / mass, y: y / mass };
}
