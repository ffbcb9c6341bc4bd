/** Precision of what networks lean on, against loops written here. */
import {
  conv2d, convTranspose2d, cumsum, logSoftmax, logSumExp, matmul, mean, softmax, sum, tensor, variance, type ConvOptions,
} from '@cotangent/tensor';
import { describe, expect } from 'vitest';
import { sequence } from '../numbers';
import { testOn, type Setup } from './setup';

function noise(length: number, seed: string, low = -1, high = 1): Float32Array {
  const random = sequence(seed);
  return Float32Array.from({ length }, () => low + (high - low) * random());
}

/** The largest difference, in float32 units of the last place of `scale[i]`. */
function worstUlps(actual: ArrayLike<number>, exact: ArrayLike<number>, scale: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < exact.length; i++) {
    const place = Math.max(scale[i]!, 2 ** -126) * 2 ** -23;
    worst = Math.max(worst, Math.abs(actual[i]! - exact[i]!) / place);
  }
  return actual.length === exact.length ? worst : Infinity;
}

export function testPrecision({ backend }: Setup): void {
  const test = testOn(backend);

  describe('precision', () => {
    test('sums, means and variances of a million floats keep six digits', async () => {
      const x = noise(1_000_000, 'sum', 0, 1);
      const exact = x.reduce((a, b) => a + b, 0);
      expect(Math.abs((await sum(tensor(x)).item()) / exact - 1)).toBeLessThan(1e-6);
      expect(Math.abs((await mean(tensor(x)).item()) / (exact / x.length) - 1)).toBeLessThan(1e-6);
      const offset = x.map((v) => v + 100);
      const center = offset.reduce((a, b) => a + b, 0) / offset.length;
      const spread = offset.reduce((a, b) => a + (b - center) ** 2, 0) / (offset.length - 1);
      expect(Math.abs((await variance(tensor(offset)).item()) / spread - 1)).toBeLessThan(1e-4);
    });

    test('a million times 0.1 is 100000 up to six digits, along either axis', async () => {
      const x = tensor(new Float32Array(1_000_000).fill(0.1), { shape: [1000, 1000] });
      const tenth = Math.fround(0.1);
      for (const dim of [0, 1]) {
        const rows = await sum(x, { dim }).data();
        expect(worstUlps(rows, new Float64Array(1000).fill(1000 * tenth), new Float64Array(1000).fill(100))).toBeLessThan(8);
      }
      expect(Math.abs((await sum(x).item()) / (1_000_000 * tenth) - 1)).toBeLessThan(1e-6);
      const last = (await cumsum(tensor(new Float32Array(10_000).fill(0.1)), 0).data())[9999]!;
      expect(Math.abs(last / (10_000 * tenth) - 1)).toBeLessThan(2e-5);
    });

    test('softmax and its logarithm stay finite and exact for large inputs', async () => {
      const rows = [[1000, 1001, 999], [-1000, -1001, -999], [88, -88, 0], [3e38, 3e38, 2.9e38], [-Infinity, 0, 1], [0, 0, 0]];
      const p = (await softmax(tensor(rows), { dim: 1 }).array()) as number[][];
      const l = (await logSoftmax(tensor(rows), { dim: 1 }).array()) as number[][];
      const s = (await logSumExp(tensor(rows), { dim: 1 }).array()) as number[];
      rows.forEach((row, i) => {
        const top = Math.max(...row);
        const total = row.reduce((a, x) => a + Math.exp(x - top), 0);
        row.forEach((x, k) => {
          expect(p[i]![k]!, `softmax of ${row.join()}`).toBeCloseTo(Math.exp(x - top) / total, 6);
          const expected = x - top - Math.log(total);
          if (expected === -Infinity) expect(l[i]![k]).toBe(-Infinity);
          else expect(Math.abs(l[i]![k]! - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
        });
        expect(Math.abs(s[i]! - (top + Math.log(total)))).toBeLessThanOrEqual(2e-7 * Math.max(1, Math.abs(top)));
      });
    });

    for (const [m, k, n] of PRODUCTS) {
      test(`matmul of [${m}, ${k}] by [${k}, ${n}] agrees with three loops, transposed or not`, async () => {
        const [a, b] = [noise(m * k, 'a'), noise(k * n, 'b')];
        const [at, bt] = [new Float32Array(m * k), new Float32Array(k * n)];
        const [exact, scale] = [new Float64Array(m * n), new Float64Array(m * n)];
        for (let i = 0; i < m; i++) {
          for (let p = 0; p < k; p++) {
            at[p * m + i] = a[i * k + p]!;
            for (let j = 0; j < n; j++) {
              bt[j * k + p] = b[p * n + j]!;
              exact[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
              scale[i * n + j]! += Math.abs(a[i * k + p]! * b[p * n + j]!);
            }
          }
        }
        const lefts = [tensor(a, { shape: [m, k] }), tensor(at, { shape: [k, m] }).transpose()];
        const rights = [tensor(b, { shape: [k, n] }), tensor(bt, { shape: [n, k] }).transpose()];
        for (const left of lefts) {
          for (const right of rights) expect(worstUlps(await matmul(left, right).data(), exact, scale)).toBeLessThan(6);
        }
      });
    }

    const convolutions: readonly (readonly [Four, Four, Options])[] = [
      [[2, 3, 9, 8], [4, 3, 3, 3], {}],
      [[1, 2, 11, 7], [3, 2, 5, 3], { padding: [2, 1], stride: [1, 2] }],
      [[1, 4, 13, 13], [6, 2, 3, 3], { groups: 2, padding: 2, dilation: 2 }],
      [[2, 6, 7, 7], [6, 1, 3, 3], { groups: 6, padding: 1, stride: 2 }],
      [[1, 16, 14, 14], [17, 16, 3, 3], { padding: 1 }],
      [[3, 5, 6, 6], [7, 5, 1, 1], {}],
    ];
    for (const [image, kernel, options] of convolutions) {
      const title = `conv2d of [${image.join(', ')}] with [${kernel.join(', ')}] ${JSON.stringify(options)}`;
      test(`${title} agrees with loops, and its transpose is its adjoint`, async () => {
        const [x, w] = [noise(size(image), 'x'), noise(size(kernel), 'w')];
        const { exact, scale, shape } = naiveConvolution(x, image, w, kernel, options);
        const y = conv2d(tensor(x, { shape: image }), tensor(w, { shape: kernel }), undefined, options);
        expect(y.shape).toEqual(shape);
        expect(worstUlps(await y.data(), exact, scale)).toBeLessThan(6);

        // <conv(x), u> = <x, convTranspose(u)>
        const u = noise(exact.length, 'u');
        const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
        const [s, p, d] = [pair(stride), pair(padding), pair(dilation)];
        const outputPadding = [0, 1].map((i) =>
          image[i + 2]! - ((shape[i + 2]! - 1) * s[i]! - 2 * p[i]! + d[i]! * (kernel[i + 2]! - 1) + 1));
        const back = convTranspose2d(tensor(u, { shape }), tensor(w, { shape: kernel }), undefined,
          { stride, padding, dilation, groups, outputPadding });
        const left = exact.reduce((total, v, i) => total + v * u[i]!, 0);
        const magnitude = exact.reduce((total, v, i) => total + Math.abs(v * u[i]!), 0);
        const right = [...(await back.data())].reduce((total, v, i) => total + v * x[i]!, 0);
        expect(Math.abs(left - right) / magnitude).toBeLessThan(1e-6);
      });
    }
  });
}

type Four = readonly [number, number, number, number];

interface Options extends ConvOptions {
  readonly padding?: number | readonly number[];
}

const PRODUCTS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1], [3, 5, 7], [17, 31, 13], [64, 64, 64], [65, 100, 33], [127, 129, 131], [1, 500, 64], [64, 500, 1], [200, 3, 200],
];

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function pair(x: number | readonly number[]): readonly number[] {
  return typeof x === 'number' ? [x, x] : x;
}

function naiveConvolution(
  x: Float32Array,
  [batch, channels, height, width]: Four,
  w: Float32Array,
  [filters, depth, rows, columns]: Four,
  options: Options,
): { exact: Float64Array; scale: Float64Array; shape: number[] } {
  const [s, p, d] = [pair(options.stride ?? 1), pair(options.padding ?? 0), pair(options.dilation ?? 1)];
  const out = [height, width].map((n, i) => Math.floor((n + 2 * p[i]! - d[i]! * ([rows, columns][i]! - 1) - 1) / s[i]!) + 1);
  const shape = [batch, filters, ...out];
  const exact = new Float64Array(size(shape));
  const scale = new Float64Array(exact.length);
  const perGroup = filters / (options.groups ?? 1);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      for (let i = 0; i < out[0]!; i++) {
        for (let j = 0; j < out[1]!; j++, at++) {
          for (let c = 0; c < depth; c++) {
            const channel = Math.floor(f / perGroup) * depth + c;
            for (let r = 0; r < rows; r++) {
              for (let q = 0; q < columns; q++) {
                const [y, z] = [i * s[0]! + r * d[0]! - p[0]!, j * s[1]! + q * d[1]! - p[1]!];
                if (y < 0 || y >= height || z < 0 || z >= width) continue;
                const term = x[((n * channels + channel) * height + y) * width + z]! * w[((f * depth + c) * rows + r) * columns + q]!;
                exact[at]! += term;
                scale[at]! += Math.abs(term);
              }
            }
          }
        }
      }
    }
  }
  return { exact, scale, shape };
}
