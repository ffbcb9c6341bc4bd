/** Samples of loops: results of all kinds, in both directions, with shared weights, and one loop in another. */
import { concat, cumsum, matmul, mul, reshape, scan, sin, sum, tanh, where, type Tensor } from '@cotangent/tensor';
import { called, floats, given, whole, type SampleRow } from './sample';

/** A plain recurrent net. */
function recurrent(h: Tensor, xs: Tensor, w: Tensor, reverse = false): { ys: Tensor; last: Tensor; states: Tensor } {
  const loop = scan(
    (state, x) => {
      const next = tanh(matmul(state, w).add(x));
      return [next, sin(next)];
    },
    { init: h, xs, reverse },
  );
  return { ys: loop.ys, last: loop.carry, states: loop.carries };
}

const weights = [floats([2, 3], -1, 1), floats([4, 2, 3], -1, 1), floats([3, 3], -0.5, 0.5)] as const;

/** Horner's rule: the carry is multiplied and added to in every step. */
function horner(x: Tensor, coefficients: Tensor): Tensor {
  return scan((total, c) => [total.mul(x).add(c)], { init: mul(x, 0), xs: coefficients }).carry;
}

const tolerance = { ulps: 40, halfUlps: 60, absolute: 1e-6, ofTerms: true, anyZero: true } as const;

const repeat: SampleRow = {
  tolerance,
  smooth: true,
  samples: [
    called('a running sum', [floats([]), floats([5])], (a, x) => scan((t, v) => [t.add(v), t], { init: a, xs: x }).ys),
    called('the same from the end', [floats([]), floats([5])], (a, x) => scan((t, v) => [t.add(v), t], { init: a, xs: x, reverse: true }).ys),
    called('listed by hand', [given([1], []), given([1, 2, 3])], (a, x) => scan((t, v) => [t.mul(v), t], { init: a, xs: x }).ys, { expected: [1, 1, 2] }),
    called('one step', [floats([2]), floats([1, 2])], (a, x) => scan((t, v) => [t.mul(v), t], { init: a, xs: x }).carry),
    called('no step', [floats([2]), floats([0, 2])], (a, x) => scan((t, v) => [t.mul(v), t], { init: a, xs: x }).carry),
    called('Horner', [floats([3], -1, 1), floats([6, 3])], horner),
    called('a recurrent net', weights, (h, x, w) => recurrent(h, x, w).ys),
    called('a recurrent net from the end', weights, (h, x, w) => recurrent(h, x, w, true).ys),
    called('a body that ignores its slice', [floats([3], -1, 1), floats([4, 2])], (h, x) => scan((t) => [sin(t), t], { init: h, xs: x }).ys),
    called('no carry', [floats([3, 2]), floats([2])], (x, w) => scan((c, v) => [c, v.mul(w)], { init: [], xs: x }).ys),
    called('two carries that change places', [floats([2]), floats([2]), floats([3, 2])], (a, b, x) => {
      const { carry, ys } = scan(([p, q], v) => [[q, p.mul(v)], q], { init: [a, b], xs: x });
      return concat([carry[0], carry[1], reshape(ys, [-1])]);
    }),
    called('integers', [whole([2], 0, 9), whole([4, 2], 0, 9)], (a, x) => scan((t, v) => [t.mul(3).add(v), t], { init: a, xs: x }).ys),
    called('a count beside numbers', [floats([4, 2])], (x) => {
      const zero = sum(mul(x, 0)).cast('int32');
      return scan(({ n }, v) => [{ n: n.add(1) }, where(n.lt(2), v, mul(v, 2))], { init: { n: zero }, xs: x }).ys;
    }),
  ],
};

const repeatResult: SampleRow = {
  tolerance,
  smooth: true,
  samples: [
    called('the last carry', weights, (h, x, w) => recurrent(h, x, w).last),
    called('the last carry from the end', weights, (h, x, w) => recurrent(h, x, w, true).last),
    called('all carries', weights, (h, x, w) => recurrent(h, x, w).states),
    called('all results together', weights, (h, x, w) => {
      const { ys, last, states } = recurrent(h, x, w, true);
      return ys.mul(states).add(last);
    }),
    called('a carry that is stacked by another loop', [floats([2], -1, 1), floats([3, 2], -1, 1)], (h, x) => {
      const first = scan((s, v) => [s.mul(v).add(1)], { init: h, xs: x });
      return scan((s, v) => [sin(s.add(v)), s], { init: first.carry, xs: first.carries, reverse: true }).ys;
    }),
    called('slices that are repeated, permuted and cut', [floats([2, 3]), floats([4, 3])], (a, b) => {
      const xs = { p: a.transpose().expand(3, 2), q: b.index([1, 4]), r: a.index(0).unsqueeze(0).expand(3, 3) };
      return scan((s, { p, q, r }) => [s.add(p.sum().mul(q)), s.mul(r)], { init: mul(b.index(0), 1), xs }).ys;
    }),
    called('a loop in a loop', [floats([2], -1, 1), floats([3, 4, 2], -1, 1), floats([2], -1, 1)], (h, x, w) => {
      const { ys } = scan(
        (state, rows) => {
          const inner = scan((s, v) => [tanh(s.mul(w).add(v)), s.mul(v)], { init: state, xs: rows });
          return [inner.carry, inner.ys.sum({ dim: 0 })];
        },
        { init: h, xs: x },
      );
      return ys;
    }),
    called('running sums inside', [floats([3]), floats([2, 3])], (h, x) => scan((s, v) => [cumsum(s, 0).mul(v), s], { init: h, xs: x }).ys),
    called('special values', [given([NaN, Infinity, -0, 1], [4]), given([1, 1, 1, 2, -1, 0, -1, 3], [2, 4])], (h, x) => scan((s, v) => [s.mul(v)], { init: h, xs: x }).carry, {
      expected: [NaN, NaN, 0, 6],
      gradient: 'none',
    }),
  ],
};

export const loopSamples = { repeat, repeatResult };
