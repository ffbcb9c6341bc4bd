/** Rough times of scalar programs on one thread: enough to decide how finely work is cut and whether threads pay. */
import { bytesOf } from '@cotangent/tensor';
import type { Instruction } from './body';
import type { InnerWalk } from './inner';
import type { Walker } from './nest';
import type { Pass } from './passes';

/** Nanoseconds an element of the instructions that cost more than a plain one. */
const COSTLY: readonly (readonly [RegExp, number])[] = [
  [/^(pow|mod|tan|asin|acos|atan|erfc|erfinv|lgamma|polygamma)$/, 10],
  [/^(sin|cos)$/, 2],
  [/^(exp|expNegative|expm1|log|log1p|tanh|erf)$/, 1],
  [/^(div|sqrt|rsqrt|recip)$/, 0.4],
];
const PLAIN = 0.08;
/** Reaching an element that is no neighbour of the one before. */
const STRIDED = 0.4;
/** Nanoseconds for a byte of main memory. */
const BYTE = 0.06;

function timeOf({ op }: Instruction): number {
  return COSTLY.find(([ops]) => ops.test(op))?.[1] ?? PLAIN;
}

/** Nanoseconds for an element of a row, all passes together. */
export function nanosecondsOf(
  body: readonly Instruction[],
  passes: readonly Pass[],
  walkers: readonly Walker[],
  walks: readonly InnerWalk[],
): number {
  let time = 0;
  for (const pass of passes) {
    for (const value of pass.values) {
      const x = pass.body[value]!;
      time += x.op === 'load' && walks[x.input] === 'strided' ? STRIDED : timeOf(x);
    }
    time += PLAIN * (pass.folds.length + pass.stores.length);
  }
  walkers.forEach(({ dtype }, k) => {
    if (walks[k] !== 'splat') time += BYTE * bytesOf(dtype);
  });
  return Math.max(time, body.length === 0 ? 0 : PLAIN);
}
