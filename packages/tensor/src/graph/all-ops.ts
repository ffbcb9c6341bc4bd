/** The rows of all ops, for tests and tools. Nothing that computes imports this: it would bring along every rare op. */
import { CUSTOM_ROW } from '../ops/custom';
import { ERFC_ROW, ERFINV_ROW, ERF_ROW, LGAMMA_ROW, POLYGAMMA_ROW } from '../ops/error-gamma';
import { ARGSORT_ROW, SEARCHSORTED_ROW } from '../ops/order';
import { MAX_POOL_GRADIENT_ROW, MAX_POOL_INDICES_ROW, MAX_POOL_ROW } from '../ops/pool-rows';
import { CUMMAX_ROW, CUMPROD_ROW, CUMSUM_ROW, PROD_ROW } from '../ops/scan';
import type { OpRow, RareRow } from './op-row';
import { COMMON_ROWS } from './op-table';
import type { OpName, RareOp } from './ops';

type Table = { readonly [K in OpName]: K extends RareOp ? RareRow<K> : OpRow<K> };

export const OP_TABLE: Table = /* @__PURE__ */ (() => ({
  ...COMMON_ROWS,
  erf: ERF_ROW,
  erfc: ERFC_ROW,
  erfinv: ERFINV_ROW,
  lgamma: LGAMMA_ROW,
  polygamma: POLYGAMMA_ROW,
  prod: PROD_ROW,
  cumsum: CUMSUM_ROW,
  cumprod: CUMPROD_ROW,
  cummax: CUMMAX_ROW,
  maxPool: MAX_POOL_ROW,
  maxPoolIndices: MAX_POOL_INDICES_ROW,
  maxPoolGradient: MAX_POOL_GRADIENT_ROW,
  argsort: ARGSORT_ROW,
  searchsorted: SEARCHSORTED_ROW,
  custom: CUSTOM_ROW,
}))();
