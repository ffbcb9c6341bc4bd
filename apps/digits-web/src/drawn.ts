/**
 * Digits drawn by a program, as visitors draw them with a mouse: few straight lines and arcs. The 13 people of the built-in data wrote
 * a 7 with a bar and closed their 4; without these samples a plain 7 would be taken for a 3, an open 4 for a 9.
 */
import { SeededRandom } from '@cotangent/data';
import { framingFor, imageOf, type Point, type Stroke } from './strokes';

type Shape = readonly Stroke[];

/** Every way of writing a digit counts as often; corners and ends are moved by about so much of the pad each time. */
const WOBBLE = 0.025;

/** Where a pen goes, in parts of the pad. */
function path(...points: readonly (readonly [number, number])[]): Point[] {
  return points.map(([x, y]) => ({ x, y }));
}

/** An arc about (cx, cy), from one angle to another in degrees; 0 is right, 90 is down. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Point[] {
  const steps = Math.ceil(Math.abs(to - from) / 24);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return { x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });
}

const WAYS: readonly (readonly Shape[])[] = [
  [[arc(0.5, 0.5, 0.2, 0.3, -90, 270)], [arc(0.5, 0.5, 0.13, 0.3, -90, -450)], [arc(0.5, 0.5, 0.27, 0.3, -90, 270)]],
  [
    [path([0.5, 0.2], [0.5, 0.8])],
    [path([0.38, 0.38], [0.53, 0.2], [0.53, 0.8])],
    [path([0.38, 0.36], [0.5, 0.2], [0.5, 0.8]), path([0.36, 0.8], [0.64, 0.8])],
  ],
  [
    [[...arc(0.5, 0.36, 0.18, 0.16, 190, 390), ...path([0.32, 0.8], [0.7, 0.8])]],
    [[...arc(0.5, 0.36, 0.17, 0.16, 200, 400), ...path([0.4, 0.74], [0.34, 0.7], [0.4, 0.66], [0.68, 0.8])]],
  ],
  [
    [[...arc(0.48, 0.35, 0.17, 0.15, -150, 80), ...arc(0.48, 0.65, 0.19, 0.16, -80, 150)]],
    [[...path([0.33, 0.2], [0.66, 0.2], [0.47, 0.44]), ...arc(0.47, 0.62, 0.19, 0.18, -80, 150)]],
  ],
  [
    [path([0.38, 0.2], [0.3, 0.52], [0.68, 0.52]), path([0.6, 0.3], [0.6, 0.8])],
    [path([0.34, 0.2], [0.34, 0.5], [0.66, 0.5]), path([0.66, 0.2], [0.66, 0.8])],
    [path([0.6, 0.8], [0.6, 0.2], [0.28, 0.6], [0.74, 0.6])],
  ],
  [
    [[...path([0.66, 0.2], [0.38, 0.2], [0.35, 0.47]), ...arc(0.48, 0.63, 0.19, 0.18, -120, 140)]],
    [[...path([0.37, 0.2], [0.36, 0.47]), ...arc(0.48, 0.63, 0.18, 0.18, -120, 140)], path([0.37, 0.2], [0.66, 0.2])],
  ],
  [
    [[...path([0.62, 0.2], [0.44, 0.38]), ...arc(0.5, 0.64, 0.16, 0.16, -160, 200)]],
    [[...path([0.42, 0.2], [0.35, 0.5]), ...arc(0.5, 0.65, 0.15, 0.15, 180, 520)]],
  ],
  [
    [path([0.3, 0.2], [0.7, 0.2], [0.46, 0.8])],
    [path([0.33, 0.2], [0.66, 0.2], [0.58, 0.8])],
    [path([0.3, 0.28], [0.3, 0.2], [0.68, 0.2], [0.45, 0.8])],
    [path([0.3, 0.2], [0.7, 0.2], [0.44, 0.8]), path([0.4, 0.5], [0.66, 0.5])],
  ],
  [
    [[...arc(0.5, 0.35, 0.14, 0.15, 90, 450), ...arc(0.5, 0.65, 0.17, 0.15, -90, 270)]],
    [path([0.64, 0.27], [0.5, 0.2], [0.38, 0.3], [0.48, 0.46], [0.64, 0.66], [0.5, 0.8], [0.36, 0.68], [0.52, 0.48], [0.64, 0.27])],
  ],
  [
    [[...arc(0.5, 0.36, 0.16, 0.16, -10, 350), ...path([0.64, 0.8])]],
    [[...arc(0.48, 0.36, 0.16, 0.16, -20, 340), ...path([0.64, 0.58], [0.54, 0.76], [0.38, 0.78])]],
  ],
];

/** `each` images of every digit with numbers from 0 to `ink`, and which digits they are. */
export function drawnDigits(each: number, side: number, ink: number, seed: number): { data: Uint8Array; target: number[] } {
  const random = new SeededRandom(seed);
  const framing = framingFor(side);
  const data = new Uint8Array(each * WAYS.length * side * side);
  const target: number[] = [];
  for (const [digit, ways] of WAYS.entries()) {
    for (let i = 0; i < each; i++) {
      const image = imageOf(wobbled(ways[i % ways.length]!, random), framing);
      data.set(image.map((value) => Math.round(value * ink)), target.length * side * side);
      target.push(digit);
    }
  }
  return { data, target };
}

/** The shape as another hand would draw it: leaning, wider or narrower, every point a little elsewhere. */
function wobbled(shape: Shape, random: SeededRandom): Shape {
  const lean = 0.2 * (2 * random.uniform() - 1);
  const wide = 0.75 + 0.5 * random.uniform();
  const away = (): number => WOBBLE * (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2;
  return shape.map((stroke) =>
    stroke.map(({ x, y }) => ({ x: 0.5 + (x - 0.5) * wide + lean * (0.5 - y) + away(), y: y + away() })),
  );
}
