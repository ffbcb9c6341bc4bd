/**
 * Discrete Fourier transforms of any length in double precision: mixed radix where all prime factors are small (Stockham's
 * ordering, which needs no bit reversal), else as a convolution with a chirp (Bluestein, "A linear filtering approach to the
 * computation of discrete Fourier transform", 1970).
 */

/** Replaces (re, im) by the sums of x_j e^(-2 pi i j k / n). With re and im swapped it is the transform with e^(+...). */
export type Transform = (re: Float64Array, im: Float64Array) => void;

/** Up to this prime factor a butterfly of r^2 products is cheaper than the detour. */
const LARGEST_FACTOR = 31;

/** The transform of length n >= 1. */
export function transformOf(n: number): Transform {
  const factors = factorsOf(n);
  return factors.every((factor) => factor <= LARGEST_FACTOR) ? mixedRadix(n, factors) : bluestein(n);
}

/** 4 as often as possible, then primes. */
function factorsOf(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (let factor = 4; rest > 1; factor = factor === 4 ? 2 : factor === 2 ? 3 : factor + 2) {
    if (factor > 4 && factor * factor > rest) factor = rest;
    for (; rest % factor === 0; rest /= factor) factors.push(factor);
  }
  return factors;
}

/** One stage of the transform, from one pair of buffers to another. */
interface Stage {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Distance of the elements of one butterfly, in groups. */
  readonly groups: number;
  /** Length of a group. */
  readonly stride: number;
}

type Buffers = readonly [re: Float64Array, im: Float64Array];

function mixedRadix(n: number, factors: readonly number[]): Transform {
  const cos = Float64Array.from({ length: n }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sin = Float64Array.from({ length: n }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  const spare: Buffers = [new Float64Array(n), new Float64Array(n)];
  return (re, im) => {
    let from: Buffers = [re, im];
    let to = spare;
    let stride = 1;
    for (const factor of factors) {
      const stage = { cos, sin, groups: n / (stride * factor), stride };
      if (factor === 4) byFour(stage, from, to);
      else if (factor === 2) byTwo(stage, from, to);
      else byAny(stage, factor, from, to);
      [from, to] = [to, from];
      stride *= factor;
    }
    if (from[0] === re) return;
    re.set(from[0]);
    im.set(from[1]);
  };
}

function byTwo({ cos, sin, groups, stride }: Stage, [re, im]: Buffers, [outRe, outIm]: Buffers): void {
  const half = groups * stride;
  for (let p = 0; p < groups; p++) {
    const c = cos[p * stride]!;
    const s = sin[p * stride]!;
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const b = a + half;
      const at = q + 2 * stride * p;
      const x = re[a]! - re[b]!;
      const y = im[a]! - im[b]!;
      outRe[at] = re[a]! + re[b]!;
      outIm[at] = im[a]! + im[b]!;
      outRe[at + stride] = x * c - y * s;
      outIm[at + stride] = x * s + y * c;
    }
  }
}

function byFour({ cos, sin, groups, stride }: Stage, [re, im]: Buffers, [outRe, outIm]: Buffers): void {
  const quarter = groups * stride;
  for (let p = 0; p < groups; p++) {
    const k = p * stride;
    const [c1, s1, c2, s2, c3, s3] = [cos[k]!, sin[k]!, cos[2 * k]!, sin[2 * k]!, cos[3 * k]!, sin[3 * k]!];
    for (let q = 0; q < stride; q++) {
      const a = q + stride * p;
      const [b, c, d] = [a + quarter, a + 2 * quarter, a + 3 * quarter];
      const at = q + 4 * stride * p;
      const sumRe = re[a]! + re[c]!;
      const sumIm = im[a]! + im[c]!;
      const gapRe = re[a]! - re[c]!;
      const gapIm = im[a]! - im[c]!;
      const oddRe = re[b]! + re[d]!;
      const oddIm = im[b]! + im[d]!;
      // -i times the difference of the odd ones.
      const turnRe = im[b]! - im[d]!;
      const turnIm = re[d]! - re[b]!;
      outRe[at] = sumRe + oddRe;
      outIm[at] = sumIm + oddIm;
      let x = gapRe + turnRe;
      let y = gapIm + turnIm;
      outRe[at + stride] = x * c1 - y * s1;
      outIm[at + stride] = x * s1 + y * c1;
      x = sumRe - oddRe;
      y = sumIm - oddIm;
      outRe[at + 2 * stride] = x * c2 - y * s2;
      outIm[at + 2 * stride] = x * s2 + y * c2;
      x = gapRe - turnRe;
      y = gapIm - turnIm;
      outRe[at + 3 * stride] = x * c3 - y * s3;
      outIm[at + 3 * stride] = x * s3 + y * c3;
    }
  }
}

function byAny({ cos, sin, groups, stride }: Stage, factor: number, [re, im]: Buffers, [outRe, outIm]: Buffers): void {
  const n = cos.length;
  const part = groups * stride;
  for (let p = 0; p < groups; p++) {
    for (let u = 0; u < factor; u++) {
      const c = cos[p * u * stride]!;
      const s = sin[p * u * stride]!;
      for (let q = 0; q < stride; q++) {
        let x = 0;
        let y = 0;
        for (let t = 0; t < factor; t++) {
          const a = q + stride * p + t * part;
          const w = (((t * u) % factor) * n) / factor;
          x += re[a]! * cos[w]! - im[a]! * sin[w]!;
          y += re[a]! * sin[w]! + im[a]! * cos[w]!;
        }
        const at = q + stride * (factor * p + u);
        outRe[at] = x * c - y * s;
        outIm[at] = x * s + y * c;
      }
    }
  }
}

function bluestein(n: number): Transform {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const transform = transformOf(size);
  // The chirp e^(-pi i k^2 / n); squares modulo 2 n keep the angle small and exact.
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
    cos[k] = Math.cos((Math.PI * square) / n);
    sin[k] = -Math.sin((Math.PI * square) / n);
  }
  const filterRe = new Float64Array(size);
  const filterIm = new Float64Array(size);
  for (let k = 0; k < n; k++) {
    for (const at of k === 0 ? [0] : [k, size - k]) {
      filterRe[at] = cos[k]!;
      filterIm[at] = -sin[k]!;
    }
  }
  transform(filterRe, filterIm);
  const workRe = new Float64Array(size);
  const workIm = new Float64Array(size);
  return (re, im) => {
    workRe.fill(0);
    workIm.fill(0);
    for (let k = 0; k < n; k++) {
      workRe[k] = re[k]! * cos[k]! - im[k]! * sin[k]!;
      workIm[k] = re[k]! * sin[k]! + im[k]! * cos[k]!;
    }
    transform(workRe, workIm);
    for (let k = 0; k < size; k++) {
      const x = workRe[k]!;
      workRe[k] = x * filterRe[k]! - workIm[k]! * filterIm[k]!;
      workIm[k] = x * filterIm[k]! + workIm[k]! * filterRe[k]!;
    }
    transform(workIm, workRe); // swapped: the inverse, up to the factor 1 / size
    for (let k = 0; k < n; k++) {
      re[k] = (workRe[k]! * cos[k]! - workIm[k]! * sin[k]!) / size;
      im[k] = (workRe[k]! * sin[k]! + workIm[k]! * cos[k]!) / size;
    }
  };
}
