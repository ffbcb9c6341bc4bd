/** The functions that random graphs are made of, under the names that the printed code uses. */
import {
  abs, add, amax, amin, argmax, argmin, argsort, avgPool1d, bitwiseAnd, bitwiseXor, cast, clamp, concat, conv1d, cos, cummax, cumprod, cumsum, div, eq,
  erf, exp, expand, flip, floor, floorDivide, ge, gelu, indexSelect, log, logicalAnd, logicalNot, logicalOr, logSoftmax, logSumExp, lt, matmul,
  maximum, maxPool1d, mean, minimum, mul, ne, neg, pad, permute, pow, prod, reciprocal, relu, remainder, reshape, roll, round, rsqrt, scatter,
  shiftLeft, shiftRight, sigmoid, sign, silu, sin, softmax, softplus, sqrt, square, stack, stopGradient, strided, sub, sum, take, tanh, tile, tril,
  unsqueeze, variance, where, type Tensor,
} from '@cotangent/tensor';

const FUNCTIONS = {
  abs, add, amax, amin, argmax, argmin, argsort, avgPool1d, bitwiseAnd, bitwiseXor, cast, clamp, concat, conv1d, cos, cumprod, cumsum, div, eq,
  erf, exp, expand, flip, floor, floorDivide, ge, gelu, indexSelect, log, logicalAnd, logicalNot, logicalOr, logSoftmax, logSumExp, lt, matmul,
  maximum, maxPool1d, mean, minimum, mul, ne, neg, pad, permute, pow, prod, reciprocal, relu, remainder, reshape, roll, round, rsqrt, scatter,
  shiftLeft, shiftRight, sigmoid, sign, silu, sin, softmax, softplus, sqrt, square, stack, stopGradient, strided, sub, sum, take, tanh, tile, tril,
  unsqueeze, variance, where,
  runningMaximum: (x: Tensor, dim: number): Tensor => cummax(x, dim).values,
};

export type FunctionName = keyof typeof FUNCTIONS;

/** Calls one of the functions. The arguments come from data, so the compiler cannot know that they fit. */
export function callFunction(name: FunctionName, args: readonly unknown[]): Tensor {
  return (FUNCTIONS[name] as (...args: readonly unknown[]) => Tensor)(...args);
}
