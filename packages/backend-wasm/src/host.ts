/**
 * Scalar functions that kernels call in JavaScript, one lane at a time: rare ones, and the rare arguments of others.
 * They compute in double precision, so that the float32 result is right to the last bit nearly always.
 */
import { scalarMath } from '@cotangent/tensor';

/** Name and number of arguments of every imported function. */
export const HOST_FUNCTIONS = {
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  erfc: 1,
  erfinv: 1,
  lgamma: 1,
  polygamma: 2,
  pow: 2,
  powInt: 2,
  mod: 2,
} as const;

export type HostFunction = keyof typeof HOST_FUNCTIONS;

/** The import object of kernel modules, `memory` aside. */
export const hostImports: Record<HostFunction, (x: number, y: number) => number> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  erfc: scalarMath.erfc,
  erfinv: scalarMath.erfinv,
  lgamma: scalarMath.lgamma,
  polygamma: scalarMath.polygamma,
  pow: scalarMath.pow,
  powInt: (x, y) => scalarMath.powInt(x, y) | 0,
  mod: scalarMath.mod,
};
