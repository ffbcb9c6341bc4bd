/** The 36 matrix products in the middle, over panels that lie packed in memory. */
import { I32, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';
import { addTile, NR } from '../gemm/micro';
import { PLANES } from './tiles';

/** Rows of a tile, as panels of A are packed. */
const ROWS = 4;
/** Bytes of one tile of a result: 4 rows of 8. */
const TILE_BYTES = ROWS * NR * 4;

/**
 * Adds products(k, a, b, c, panelsA, panelsB, planeA, planeB, planeC, accumulate): for each plane c (+)= a b, where `a` is panels of
 * [k][4], `b` panels of [k][8] and `c` tiles [panel of b][panel of a][4][8].
 */
export function addProducts(module: KernelModule): number {
  const tile = addTile(module, undefined, ROWS, NR * 4);
  return module.helper('winograd products', new Array<typeof I32>(10).fill(I32), [], (f, ...params) => {
    const [k, a, b, c, panelsA, panelsB, planeA, planeB, planeC, accumulate] = params as Locals<10>;
    const [q, i, j, panelA, panelB, target] = f.locals(I32, 6);
    f.i32(PLANES).set(q);
    f.times(q, () => {
      f.get(b).set(panelB).get(c).set(target).get(panelsB).set(j);
      f.times(j, () => {
        f.get(a).set(panelA).get(panelsA).set(i);
        f.times(i, () => {
          f.get(k, panelA, panelB).i32(0).get(target).i32(0).get(accumulate).call(tile);
          f.get(panelA, k).i32(ROWS * 4).op('i32Mul', 'i32Add').set(panelA).add(target, TILE_BYTES);
        });
        f.get(panelB, k).i32(NR * 4).op('i32Mul', 'i32Add').set(panelB);
      });
      f.addLocal(a, planeA).addLocal(b, planeB).addLocal(c, planeC);
    });
  });
}
