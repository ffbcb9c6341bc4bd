/**
 * The one-dimensional transforms of F(4, 3), as straight-line vector code: four outputs of a filter of three taps from six inputs with
 * six multiplications. In two dimensions each is done along the rows and then along the columns.
 *
 *   y = At [(G g) * (Bt d)]   with the points 0, A, -A, B, -B and infinity
 *
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, who use the points 1 and 2. Those below cost a few more
 * multiplications; rounding errors are a third. The transforms of the gradient of the filter are the
 * transposes: g' = Gt [(A y') * (Bt d)].
 */
import type { Local, Locals } from '../assembler';
import type { KernelBuilder } from '../kernel-module';

/** Takes the i-th result; `push` leaves it on the stack. */
export type Put = (i: number, push: () => void) => void;

type Temporaries = Locals<4>;

/** The points: their powers are exact, and they lie on both sides of 1. */
const [A, B] = [0.625, 1.5];
const [A2, B2] = [A * A, B * B];
/** What Lagrange's formula divides by at the points A and -A, B and -B. */
const WEIGHT_A = 1 / (2 * A2 * (A2 - B2));
const WEIGHT_B = 1 / (2 * B2 * (B2 - A2));

/** Pushes a * factor. */
function scaled(f: KernelBuilder, a: Local, factor: number): KernelBuilder {
  return f.get(a).f32x4(factor).op('f32x4Mul');
}

/** Results i and i + 1: sum and difference. */
function plusMinus(f: KernelBuilder, i: number, a: Local, b: Local, put: Put): void {
  put(i, () => f.get(a, b).op('f32x4Add'));
  put(i + 1, () => f.get(a, b).op('f32x4Sub'));
}

/** Six inputs to six: Bt d. */
export function inputTransform(f: KernelBuilder, d: Locals<6>, [t, u, v, w]: Temporaries, put: Put): void {
  const ends = (k: 0 | 1): KernelBuilder => scaled(scaled(f, d[k], A2 * B2).get(d[k + 4]!).op('f32x4Add'), d[k + 2]!, A2 + B2)
    .op('f32x4Sub');
  put(0, () => ends(0));
  put(5, () => ends(1));
  for (const [even, odd, point, other] of [[t, u, A, B2], [v, w, B, A2]] as const) {
    scaled(f.get(d[4]), d[2], other).op('f32x4Sub').set(even);
    scaled(f.get(d[3]), d[1], other).op('f32x4Sub').f32x4(point).op('f32x4Mul').set(odd);
  }
  plusMinus(f, 1, t, u, put);
  plusMinus(f, 3, v, w, put);
}

/** Six products to four outputs: At m. */
export function outputTransform(f: KernelBuilder, m: Locals<6>, [p, q, r, s]: Temporaries, put: Put): void {
  f.get(m[1], m[2]).op('f32x4Add').set(p).get(m[1], m[2]).op('f32x4Sub').set(q);
  f.get(m[3], m[4]).op('f32x4Add').set(r).get(m[3], m[4]).op('f32x4Sub').set(s);
  put(0, () => f.get(m[0], p).op('f32x4Add').get(r).op('f32x4Add'));
  put(1, () => scaled(scaled(f, q, A), s, B).op('f32x4Add'));
  put(2, () => scaled(scaled(f, p, A2), r, B2).op('f32x4Add'));
  put(3, () => scaled(scaled(f.get(m[5]), q, A * A2).op('f32x4Add'), s, B * B2).op('f32x4Add'));
}

/** Three taps to six: G g. */
export function filterTransform(f: KernelBuilder, g: Locals<3>, [p, q]: Temporaries, put: Put): void {
  put(0, () => scaled(f, g[0], 1 / (A2 * B2)));
  put(5, () => f.get(g[2]));
  for (const [i, point, weight] of [[1, A, WEIGHT_A], [3, B, WEIGHT_B]] as const) {
    scaled(scaled(f, g[0], weight), g[2], point * point * weight).op('f32x4Add').set(p);
    scaled(f, g[1], point * weight).set(q);
    plusMinus(f, i, p, q, put);
  }
}

/** Four gradients of outputs to six: A y'. */
export function gradientTransform(f: KernelBuilder, y: Locals<4>, [p, q]: Temporaries, put: Put): void {
  put(0, () => f.get(y[0]));
  put(5, () => f.get(y[3]));
  for (const [i, point] of [[1, A], [3, B]] as const) {
    scaled(f.get(y[0]), y[2], point ** 2).op('f32x4Add').set(p);
    scaled(scaled(f, y[1], point), y[3], point ** 3).op('f32x4Add').set(q);
    plusMinus(f, i, p, q, put);
  }
}

/** Six to three taps: Gt u. */
export function tapTransform(f: KernelBuilder, u: Locals<6>, [p, q, r, s]: Temporaries, put: Put): void {
  f.get(u[1], u[2]).op('f32x4Add').set(p).get(u[1], u[2]).op('f32x4Sub').set(q);
  f.get(u[3], u[4]).op('f32x4Add').set(r).get(u[3], u[4]).op('f32x4Sub').set(s);
  const both = (x: Local, a: number, y: Local, b: number): KernelBuilder =>
    scaled(scaled(f, x, a * WEIGHT_A), y, b * WEIGHT_B).op('f32x4Add');
  put(0, () => scaled(both(p, 1, r, 1), u[0], 1 / (A2 * B2)).op('f32x4Add'));
  put(1, () => both(q, A, s, B));
  put(2, () => both(p, A2, r, B2).get(u[5]).op('f32x4Add'));
}

/** Turns four vectors of four around: afterwards `to[i]` holds the i-th lane of each of `from`. */
export function transpose(f: KernelBuilder, from: Locals<4>, to: Locals<4>, [s, t, u, v]: Temporaries): void {
  f.get(from[0], from[1]).shuffle(0, 4, 1, 5).set(s).get(from[0], from[1]).shuffle(2, 6, 3, 7).set(t);
  f.get(from[2], from[3]).shuffle(0, 4, 1, 5).set(u).get(from[2], from[3]).shuffle(2, 6, 3, 7).set(v);
  f.get(s, u).shuffle(0, 1, 4, 5).set(to[0]).get(s, u).shuffle(2, 3, 6, 7).set(to[1]);
  f.get(t, v).shuffle(0, 1, 4, 5).set(to[2]).get(t, v).shuffle(2, 3, 6, 7).set(to[3]);
}
