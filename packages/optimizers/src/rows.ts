/** Gradients of some rows of a table: adding up what belongs to the same row. */
import { RowsGradient } from '@cotangent/autodiff';
import { arange, full, indexPut, indexSelect, scatter, where, zeros, type Tensor } from '@cotangent/tensor';

/** The rows of a table that a gradient touches, once per occurrence. */
export interface TouchedRows {
  /** int32 [n]; an index may occur several times. */
  readonly indices: Tensor;
  /** [n, ...rest]: for every occurrence the whole gradient of its row, so equal indices have equal rows. */
  readonly totals: Tensor;
  /** These rows of a table. */
  of(table: Tensor): Tensor;
}

/** Sums the rows of equal indices without making the whole table. */
export function touchedRows(gradient: RowsGradient): TouchedRows {
  const { indices } = gradient;
  const { sums, first } = sumAtFirst(gradient);
  return { indices, totals: indexSelect(sums, 0, first), of: (table) => indexSelect(table, 0, indices) };
}

/**
 * The same gradient in which every row is complete where its index occurs first, and zero where it occurs again; so
 * norms and limits of single entries are those of the whole table.
 */
export function sumDuplicates(gradient: RowsGradient): RowsGradient {
  return new RowsGradient(gradient.indices, sumAtFirst(gradient).sums, gradient.shape);
}

/** Row sums at the place of each index's first occurrence, and that place for every occurrence. */
function sumAtFirst({ indices, rows, shape }: RowsGradient): { sums: Tensor; first: Tensor } {
  const n = indices.size;
  const places = arange(0, n, 1, { dtype: 'int32' });
  const firsts = scatter(full([shape[0]!], n, { dtype: 'int32' }), 0, indices, places, 'min');
  const first = indexSelect(firsts, 0, indices);
  return { sums: indexPut(zeros(rows.shape, { dtype: rows.dtype }), 0, first, rows, 'add'), first };
}

/** `fn` of every row where it stands first; what stands again stays zero. */
export function mapRows(gradient: RowsGradient, fn: (rows: Tensor) => Tensor): RowsGradient {
  const { sums, first } = sumAtFirst(gradient);
  const n = gradient.indices.size;
  const isFirst = first.eq(arange(0, n, 1, { dtype: 'int32' })).reshape(n, ...gradient.rows.shape.slice(1).map(() => 1));
  return new RowsGradient(gradient.indices, where(isFirst, fn(sums), 0), gradient.shape);
}
