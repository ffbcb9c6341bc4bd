/** Embedding tables whose rows stay short. */
import { div, gt, indexPut, indexSelect, mul, noGrad, norm, where, type Tensor, type Variable } from '@cotangent/tensor';

/**
 * Shortens the rows of a table that are about to be looked up to the length `maxNorm`, measured by the p-norm; other rows stay as
 * they are. The table changes, without gradients.
 *
 * @param indices int32, of any shape.
 * @example
 * ```ts
 * import { renormaliseRows } from '@cotangent/layers';
 * import { tensor, variable } from '@cotangent/tensor';
 * const table = variable(tensor([[3, 4], [30, 40], [0.3, 0.4]]));
 * renormaliseRows(table, tensor([0, 2], { dtype: 'int32' }), 1);
 * console.log(await table.array()); // [[0.6, 0.8], [30, 40], [0.3, 0.4]], nearly
 * ```
 */
export function renormaliseRows(table: Variable, indices: Tensor, maxNorm: number, normType = 2): void {
  noGrad(() => {
    const flat = indices.reshape(-1);
    const rows = indexSelect(table.detach(), 0, flat);
    const lengths = norm(rows, { p: normType, dim: 1, keepdim: true });
    const short = where(gt(lengths, maxNorm), mul(rows, div(maxNorm, lengths.add(1e-7))), rows);
    table.update(indexPut(table.detach(), 0, flat, short));
  });
}
