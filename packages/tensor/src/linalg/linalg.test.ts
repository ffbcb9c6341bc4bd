import { beforeAll, describe, expect, it } from 'vitest';
import { gradCheck, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, eye, matmul, narrow, rand, randn, tensor, tril, triu, use, type Tensor } from '../index';
import { expectClose } from '../testing/close';
import {
  cholesky, cond, det, eigh, eigvalsh, inv, LinAlgError, lstsq, matrixExp, matrixNorm, matrixPower, matrixRank, pinv, qr, slogdet, solve,
  svd, svdvals, triangularSolve,
} from './index';

beforeAll(async () => {
  await use(cpu());
});

const float64 = { dtype: 'float64' } as const;
/** Matrices with elements that have no pattern, far from singular. */
function regular(...shape: number[]): Tensor {
  const size = shape.reduce((p, n) => p * n, 1);
  return tensor(Array.from({ length: size }, (_, i) => Math.sin(1 + 7.3 * i * i) * 2), { shape, ...float64 });
}
const mT = (x: Tensor): Tensor => x.transpose(-2, -1);
const symmetric = (x: Tensor): Tensor => x.add(mT(x)).mul(0.5);
const positive = (x: Tensor): Tensor => matmul(x, mT(x)).add(eye(x.shape[x.ndim - 1]!, undefined, float64).mul(0.5));
/** The largest absolute element. */
const worst = async (x: Tensor): Promise<number> => x.abs().amax().item();
const unit = (n: number): Tensor => eye(n);

/** First derivatives, and second ones by checking the gradient of a weighted gradient. */
async function expectGradients(fn: (x: Tensor) => Tensor, x: Tensor, second = true): Promise<void> {
  expect((await gradCheck(fn, [x], { tolerance: 1e-5 })).relativeError).toBeLessThan(1e-5);
  if (!second) return;
  const slope = (t: Tensor): Tensor => {
    const leaf = t.requiresGrad ? t : track(t);
    return gradients(fn(leaf).mul(0.5).exp().sum(), [leaf])[0]!;
  };
  expect((await gradCheck(slope, [x], { tolerance: 1e-5 })).relativeError).toBeLessThan(1e-5);
}

describe('residuals at 200 x 200 in float32 [B04]', () => {
  const n = 200;
  let a: Tensor;
  beforeAll(async () => {
    a = tensor(await randn([n, n]).data(), { shape: [n, n] });
  });

  it('solve and inv', async () => {
    const b = tensor(await randn([n, 3]).data(), { shape: [n, 3] });
    const x = solve(a, b);
    expect(await worst(matmul(a, x).sub(b).div(x.abs().amax().mul(a.abs().amax()).mul(n)))).toBeLessThan(1e-4);
    const system = a.add(unit(n).mul(40));
    expect(await worst(matmul(system, solve(system, b)).sub(b))).toBeLessThan(1e-4);
    expect(await worst(matmul(system, inv(system)).sub(unit(n)))).toBeLessThan(1e-4);
  });

  it('cholesky', async () => {
    const s = matmul(a, mT(a)).div(n).add(unit(n));
    const l = cholesky(s);
    expect(await worst(matmul(l, mT(l)).sub(s))).toBeLessThan(1e-4);
    expect(await worst(triu(l, 1))).toBe(0);
  });

  it('qr', async () => {
    const { q, r } = qr(a);
    expect(await worst(matmul(q, r).sub(a))).toBeLessThan(1e-4);
    expect(await worst(matmul(mT(q), q).sub(unit(n)))).toBeLessThan(1e-4);
    expect(await worst(tril(r, -1))).toBe(0);
  });

  it('eigh and svd [T12]', async () => {
    const s = symmetric(a).div(Math.sqrt(n));
    const { values, vectors } = eigh(s);
    expect(await worst(matmul(vectors.mul(values), mT(vectors)).sub(s))).toBeLessThan(1e-4);
    expect(await worst(matmul(mT(vectors), vectors).sub(unit(n)))).toBeLessThan(1e-4);
    expect(await worst(eigvalsh(s).sub(values))).toBeLessThan(1e-5);
    const { u, s: singular, vh } = svd(a);
    expect(await worst(matmul(u.mul(singular), vh).sub(a))).toBeLessThan(1e-4);
    expect(await worst(matmul(mT(u), u).sub(unit(n)))).toBeLessThan(1e-4);
    expect(await worst(matmul(vh, mT(vh)).sub(unit(n)))).toBeLessThan(1e-4);
    expect(await worst(svdvals(a).sub(singular))).toBeLessThan(1e-4);
  });
});

describe('values', () => {
  it('of inverses and determinants of a batch', async () => {
    const a = tensor([[[1, 2], [3, 4]], [[0, 1], [2, 0]]]);
    await expectClose(inv(a), [[[-2, 1], [1.5, -0.5]], [[0, 0.5], [1, 0]]]);
    await expectClose(det(a), [-2, -2]);
    const { sign, logabsdet } = slogdet(tensor([[[1, 2], [3, 4]], [[1, 2], [2, 4]], [[2, 0], [0, 3]]]));
    expect(await sign.array()).toEqual([-1, 0, 1]);
    await expectClose(logabsdet, [Math.log(2), -Infinity, Math.log(6)]);
    expect(await det(tensor([[1, 2], [2, 4]])).item()).toBe(0);
  });

  it('of solutions for vectors, matrices, from the right, and with broadcasting', async () => {
    const a = tensor([[2, 1], [1, 3]]);
    await expectClose(solve(a, tensor([3, 5])), [0.8, 1.4]);
    await expectClose(solve(a, tensor([[3, 1], [5, 0]])), [[0.8, 0.6], [1.4, -0.2]]);
    const x = solve(a, tensor([[1, 2]]), { left: false });
    await expectClose(matmul(x, a), [[1, 2]]);
    const many = regular(3, 2, 2);
    const rights = regular(4, 1, 2, 5);
    const solved = solve(many, rights);
    expect(solved.shape).toEqual([4, 3, 2, 5]);
    expect(await worst(matmul(many, solved).sub(rights))).toBeLessThan(1e-12);
    const shared = regular(1, 3, 3);
    expect(await worst(matmul(shared, solve(shared, regular(2, 2, 3, 1))).sub(regular(2, 2, 3, 1)))).toBeLessThan(1e-12);
    const perMatrix = solve(many, regular(3, 2)); // vectors, since the leading axes are exactly those of `many`
    expect(perMatrix.shape).toEqual([3, 2]);
    expect(await worst(matmul(many, perMatrix.unsqueeze(-1)).squeeze(-1).sub(regular(3, 2)))).toBeLessThan(1e-12);
  });

  it('of triangles, whose other half is not read', async () => {
    const a = regular(2, 3, 3);
    const b = regular(2, 3, 2);
    const lower = tril(a);
    const upper = triu(a);
    const ones = eye(3, undefined, float64);
    expect(await worst(matmul(lower, triangularSolve(a, b, { upper: false })).sub(b))).toBeLessThan(1e-12);
    expect(await worst(matmul(upper, triangularSolve(a, b, { upper: true })).sub(b))).toBeLessThan(1e-12);
    const simple = tril(a, -1).add(ones);
    expect(await worst(matmul(simple, triangularSolve(a, b, { upper: false, unitriangular: true })).sub(b))).toBeLessThan(1e-12);
    const right = triangularSolve(a, mT(b), { upper: true, left: false });
    expect(await worst(matmul(right, upper).sub(mT(b)))).toBeLessThan(1e-12);
  });

  it('of cholesky, lower and upper', async () => {
    await expectClose(cholesky(tensor([[4, 99], [2, 5]])), [[2, 0], [1, 2]]);
    await expectClose(cholesky(tensor([[4, 2], [99, 5]]), { upper: true }), [[2, 1], [0, 2]]);
  });

  it('of qr, reduced and complete, tall and wide', async () => {
    for (const [rows, columns] of [[5, 3], [3, 5], [4, 4]] as const) {
      const a = regular(2, rows, columns);
      for (const mode of ['reduced', 'complete'] as const) {
        const { q, r } = qr(a, { mode });
        const size = mode === 'complete' ? rows : Math.min(rows, columns);
        expect([q.shape, r.shape]).toEqual([[2, rows, size], [2, size, columns]]);
        expect(await worst(matmul(q, r).sub(a))).toBeLessThan(1e-13);
        expect(await worst(matmul(mT(q), q).sub(eye(size, undefined, float64)))).toBeLessThan(1e-13);
      }
    }
  });

  it('of svd, reduced and full, tall, wide and rank-deficient', async () => {
    const thin = matmul(regular(5, 2), regular(2, 4));
    for (const a of [regular(5, 3), regular(3, 5), regular(4, 4), thin, mT(thin), regular(2, 2).mul(0)]) {
      const [rows, columns] = a.shape as [number, number];
      const k = Math.min(rows, columns);
      const reduced = svd(a);
      expect(await worst(matmul(reduced.u.mul(reduced.s), reduced.vh).sub(a))).toBeLessThan(1e-13);
      const { u, s, vh } = svd(a, { full: true });
      expect([u.shape, s.shape, vh.shape]).toEqual([[rows, rows], [k], [columns, columns]]);
      expect(await worst(matmul(narrow(u, -1, 0, k).mul(s), narrow(vh, -2, 0, k)).sub(a))).toBeLessThan(1e-13);
      expect(await worst(matmul(mT(u), u).sub(eye(rows, undefined, float64)))).toBeLessThan(1e-13);
      expect(await worst(matmul(vh, mT(vh)).sub(eye(columns, undefined, float64)))).toBeLessThan(1e-13);
    }
    await expectClose(svdvals(tensor([[3, 0], [0, -5], [0, 0]])), [5, 3]);
  });

  it('of svd and eigh for matrices that are graded, repeated, sparse or close to singular', async () => {
    const kinds: ((i: number, j: number) => number)[] = [
      (i, j) => 1 / (i + j + 1),
      (i, j) => Math.cos(i * i + j) * 10 ** (-2 * i),
      (i, j) => (i === j ? 1 : 0),
      (i, j) => ((i + 2 * j) % 3) - 1,
      (i, j) => (j === i + 1 ? 1 : 0),
      (i, j) => ((i * 7 + j * 5) % 6 === 0 ? i - j : 0),
    ];
    for (const kind of kinds) {
      for (const [rows, columns] of [[1, 1], [2, 7], [9, 4], [12, 12], [17, 16]] as const) {
        const values = Array.from({ length: rows * columns }, (_, at) => kind(Math.floor(at / columns), at % columns));
        const a = tensor(values, { shape: [rows, columns], ...float64 });
        const scale = Math.max(1, await worst(a));
        const { u, s, vh } = svd(a);
        const k = Math.min(rows, columns);
        expect(await worst(matmul(u.mul(s), vh).sub(a))).toBeLessThan(1e-13 * scale);
        expect(await worst(matmul(mT(u), u).sub(eye(k, undefined, float64)))).toBeLessThan(1e-13);
        const square = matmul(a, mT(a));
        const { values: w, vectors } = eigh(square);
        expect(await worst(matmul(vectors.mul(w), mT(vectors)).sub(square))).toBeLessThan(1e-12 * scale ** 2);
        expect(await worst(matmul(mT(vectors), vectors).sub(eye(rows, undefined, float64)))).toBeLessThan(1e-13);
      }
    }
  });

  it('of eigenvalues, from one triangle', async () => {
    await expectClose(eigvalsh(tensor([[2, 99], [1, 2]])), [1, 3]);
    await expectClose(eigvalsh(tensor([[2, 1], [99, 2]]), { uplo: 'U' }), [1, 3]);
    await expectClose(eigh(tensor([[3, 0, 0], [0, 1, 0], [0, 0, 2]])).values, [1, 2, 3]);
    await expectClose(eigvalsh(eye(4)), [1, 1, 1, 1]);
    await expectClose(eigvalsh(tensor([[7]])), [7]);
  });

  it('of powers', async () => {
    const a = tensor([[1, 1], [0, 1]]);
    await expectClose(matrixPower(a, 5), [[1, 5], [0, 1]]);
    await expectClose(matrixPower(a, 0), [[1, 0], [0, 1]]);
    await expectClose(matrixPower(a, 1), [[1, 1], [0, 1]]);
    await expectClose(matrixPower(a, -3), [[1, -3], [0, 1]]);
  });

  it('of the exponential: rotations, large norms', async () => {
    const half = Math.sqrt(3) / 2;
    await expectClose(matrixExp(tensor([[0, 1], [-1, 0]], float64).mul(Math.PI / 3)), [[0.5, half], [-half, 0.5]], 1e-14);
    const scale = tensor([[Math.exp(30), 1], [1, Math.exp(-30)]], float64);
    await expectClose(matrixExp(tensor([[30, 0], [0, -30]], float64)).div(scale), [[1, 0], [0, 1]], 1e-12);
    await expectClose(matrixExp(tensor([[0, 50], [0, 0]])), [[1, 50], [0, 1]]);
  });

  it('of pseudo-inverses, ranks and least squares', async () => {
    for (const a of [regular(5, 3), regular(3, 5), matmul(regular(5, 2), regular(2, 4))]) {
      const p = pinv(a);
      expect(await worst(matmul(matmul(a, p), a).sub(a))).toBeLessThan(1e-12);
      expect(await worst(matmul(matmul(p, a), p).sub(p))).toBeLessThan(1e-12);
      expect(await worst(matmul(a, p).sub(mT(matmul(a, p))))).toBeLessThan(1e-12);
      const b = regular(a.shape[0]!, 2);
      await expectClose(lstsq(a, b).solution, await matmul(p, b).array(), 1e-12);
    }
    const ranks = matrixRank(tensor([[[1, 2], [2, 4]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]));
    expect(ranks.dtype).toBe('int32');
    expect(await ranks.array()).toEqual([1, 2, 0]);
    expect(await matrixRank(tensor([[1, 0], [0, 1e-3]]), { atol: 1e-2 }).item()).toBe(1);
    const { solution, residuals } = lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 6]));
    await expectClose(solution, [5 / 6, 2.5]);
    await expectClose(residuals, 1 / 6, 1e-5);
  });

  it('of norms and condition numbers', async () => {
    const a = tensor([[3, 0], [-4, 5]]);
    await expectClose(matrixNorm(a), Math.sqrt(50));
    await expectClose(matrixNorm(a, 1), 7);
    await expectClose(matrixNorm(a, -1), 5);
    await expectClose(matrixNorm(a, Infinity), 9);
    await expectClose(matrixNorm(a, -Infinity), 3);
    await expectClose(matrixNorm(a, 2), Math.sqrt(45));
    await expectClose(matrixNorm(a, -2), Math.sqrt(5));
    await expectClose(matrixNorm(a, 'nuc'), Math.sqrt(45) + Math.sqrt(5));
    const stack = regular(2, 3, 4);
    const largest = stack.abs().sum({ dim: 2, keepdim: true }).amax({ dim: 0, keepdim: true });
    await expectClose(matrixNorm(stack, 1, { dim: [2, 0], keepdim: true }), await largest.array(), 1e-12);
    await expectClose(cond(a), 3);
    await expectClose(cond(a, -2), 1 / 3);
    await expectClose(cond(a, 1), 7 * 0.6);
    await expectClose(cond(a, 'fro'), Math.sqrt(50) * Math.sqrt(50) / 15);
  });

  it('are the same inside compile, for new values of the same shape', async () => {
    const step = compile((a: Tensor, b: Tensor) => solve(a, b).add(slogdet(a).logabsdet));
    for (const shift of [3, 5]) {
      const a = tensor([[shift, 1], [1, 2]]);
      const b = tensor([1, 2]);
      await expectClose(step(a, b), (await solve(a, b).add(slogdet(a).logabsdet).array()));
    }
  });
});

describe('gradients, first and second', () => {
  const square = regular(2, 3, 3);
  const single = regular(3, 3);
  const b = regular(2, 3, 2);

  it('of inverses and determinants', async () => {
    await expectGradients(inv, square);
    await expectGradients(det, square);
    await expectGradients((a) => slogdet(a).logabsdet, square);
    await expectGradients((a) => matrixPower(a, -3), square);
    await expectGradients((a) => matrixPower(a, 4), square);
  });

  it('of the determinant of singular matrices are the cofactors', async () => {
    const a = track(tensor([[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0, 0, 0], [0, 2, 0], [0, 0, 3]]], float64));
    const [slope] = gradients(det(a).sum(), [a]);
    await expectClose(slope!, [[[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], [[6, 0, 0], [0, 0, 0], [0, 0, 0]]], 1e-12);
  });

  it('of solutions, in both operands', async () => {
    await expectGradients((a) => solve(a, b), square);
    await expectGradients((x) => solve(square, x), b);
    await expectGradients((a) => solve(a, mT(b), { left: false }), square);
    await expectGradients((a) => solve(a, b), single);
    await expectGradients((a) => triangularSolve(a, b, { upper: true }), square);
    await expectGradients((a) => triangularSolve(a, b, { upper: false, unitriangular: true }), square);
    await expectGradients((x) => triangularSolve(square, x, { upper: false }), b);
  });

  it('of cholesky', async () => {
    await expectGradients((x) => cholesky(positive(x)), square);
    await expectGradients((x) => cholesky(positive(x), { upper: true }), square);
  });

  it('of qr, tall, square and wide', async () => {
    for (const x of [regular(4, 3), single, regular(2, 4)]) {
      await expectGradients((a) => qr(a).r, x);
      await expectGradients((a) => qr(a).q, x);
    }
  });

  it('of eigenvalues and, up to signs, eigenvectors', async () => {
    await expectGradients((x) => eigvalsh(symmetric(x)), single);
    await expectGradients((x) => {
      const { values, vectors } = eigh(symmetric(x));
      return matmul(vectors.mul(values.exp().unsqueeze(-2)), mT(vectors));
    }, single);
    await expectGradients((x) => eigh(symmetric(x)).vectors.square(), single);
  });

  it('of singular values and, up to signs, vectors', async () => {
    for (const x of [regular(4, 3), single, regular(2, 4)]) {
      await expectGradients((a) => svdvals(a), x);
      await expectGradients((a) => {
        const { u, s, vh } = svd(a);
        return matmul(u.mul(s.square().unsqueeze(-2)), vh);
      }, x);
      await expectGradients((a) => svd(a).u.square(), x, false);
      await expectGradients((a) => svd(a).vh.square(), x, false);
    }
  });

  it('of sums of eigenvalues and singular values that repeat', async () => {
    const a = track(eye(3, undefined, float64));
    await expectClose(gradients(eigvalsh(a).sum(), [a])[0]!, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    await expectClose(gradients(svdvals(a).sum(), [a])[0]!, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  });

  it('of pseudo-inverses and least squares', async () => {
    for (const x of [regular(4, 3), single, regular(2, 4)]) {
      await expectGradients((a) => pinv(a), x);
      const right = regular(x.shape[x.ndim - 2]!, 2);
      await expectGradients((a) => lstsq(a, right).solution, x);
    }
    await expectGradients((t) => lstsq(regular(4, 3), t).residuals, regular(4, 2));
    await expectGradients((a) => lstsq(a, regular(4, 2)).residuals, regular(4, 3));
  });

  it('of norms and the exponential', async () => {
    for (const order of ['fro', 'nuc', 1, 2, -2, Infinity] as const) await expectGradients((a) => matrixNorm(a, order), single);
    await expectGradients((a) => cond(a), single);
    await expectGradients(matrixExp, single);
  });
});

describe('errors', () => {
  it('at the call: shapes and dtypes', () => {
    expect(() => inv(rand([2, 3]))).toThrow(/inv: got 2 rows and 3 columns.*square matrices/);
    expect(() => det(rand([3]))).toThrow(/det: got shape \[3\]; expected matrices/);
    expect(() => cholesky(tensor([[1, 0], [0, 1]], { dtype: 'int32' }))).toThrow(/cholesky: got int32; expected a floating-point tensor/);
    expect(() => solve(rand([3, 3]), rand([2, 1]))).toThrow(/solve: .*\[3, 3\].*\[2, 1\]; expected \[..., 3, k\]/);
    expect(() => solve(rand([2, 3, 3]), rand([4, 3, 1]))).toThrow(/do not broadcast/);
    expect(() => matrixPower(rand([2, 2]), 0.5)).toThrow(/whole number/);
    expect(() => matrixNorm(rand([2, 2]), 3)).toThrow(/the order is 3/);
  });

  it('at the read: which matrix is singular or not positive definite', async () => {
    const stack = tensor([[[1, 0], [0, 1]], [[1, 2], [2, 4]]]);
    await expect(inv(stack).data()).rejects.toThrow(/inv: matrix \[1\] of the batch \[2\] is singular/);
    await expect(solve(tensor([[0, 0], [0, 1]]), tensor([1, 1])).data()).rejects.toThrow(/solve: the matrix is singular/);
    await expect(matrixPower(stack, -1).data()).rejects.toThrow(LinAlgError);
    await expect(cholesky(tensor([[[[4, 0], [0, 1]]], [[[1, 2], [2, 1]]]])).data()).rejects.toThrow(
      /matrix \[1, 0\] of the batch \[2, 1\] is not positive definite: its leading minor of order 2 is not/,
    );
    const flat = triangularSolve(tensor([[1, 0], [0, 0]]), tensor([[1], [1]]), { upper: true });
    await expect(flat.data()).rejects.toThrow(/element 1 of its diagonal is 0/);
    await expect(svd(tensor([[NaN]])).s.data()).rejects.toThrow(/NaN or an infinity/);
  });

  it('at the gradient: the free columns of a complete Q', () => {
    const a = track(regular(4, 3));
    expect(() => gradients(qr(a, { mode: 'complete' }).q.sum(), [a])).toThrow(/mode 'reduced'/);
  });
});
