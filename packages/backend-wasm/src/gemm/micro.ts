/**
 * The inner kernels of the matrix multiplication: tiles of 1 to 6 rows and 8 columns of C, kept in registers.
 *
 * K is unrolled by two with a way out between the steps. That makes odd K legal without padding, and it ends the basic
 * block: V8 up to 12 (Node 20 and 22) moves every load of a block to its top and then runs out of registers, which halves
 * the speed. A tile is a function of its own, so that the engine's optimising compiler takes it over after some calls even
 * inside the first large multiplication (there is no on-stack replacement in WebAssembly).
 */
import { I32, V128, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { tiling } from './engine';

/** Columns of a tile. */
export const NR = 8;

/** Takes c, x and y from the stack in this order and leaves c + x * y, rounded once where the engine has a fast way to. */
export function multiplyAdd(f: KernelBuilder, c: number, x: number, y: number, { madd } = tiling()): void {
  if (madd) f.get(x, y, c).op('f32x4RelaxedMadd');
  else f.get(c, x, y).op('f32x4Mul', 'f32x4Add');
}

/**
 * Adds tile(k, a, b, offsets, c, rowC, accumulate) for k >= 1 and returns its index. It computes `rows` x 8 elements: row r, columns j
 * to j + 7 of C lie at c + rowC[r] (a table of 32-bit byte offsets), and get sum over k of A[r][k] * B[k][j], or have it added
 * where `accumulate` is not 0. A is packed, a[k * rows + r], and so is B, b[k * 8 + j], but for what is read in place: the eight
 * elements of row k of B at b + offsets[k], or A[r][k] at a + rowA[r] + offsets[k], rowA being one more argument. The products of
 * an element are added one after another in the order of k, whatever the tile, so that results do not depend on how rows are put
 * together into tiles. Nothing else is read or written. With a `pitch` rows of C lie that many bytes apart, and rowC is ignored.
 */
export function addTile(module: KernelModule, inPlace: 'A' | 'B' | undefined, rows: number, pitch?: number): number {
  const name = `gemm tile ${rows}${inPlace === undefined ? '' : ` ${inPlace} in place`}`;
  return module.helper(name, new Array<typeof I32>(inPlace === 'A' ? 8 : 7).fill(I32), [], (f, ...params) => {
    const [k, a, b, offsets, c, rowC, accumulate, rowA] = params as Locals<8>;
    const lines = inPlace === 'A' ? f.locals(I32, rows) : [];
    const acc = f.locals(V128, rows * 2);
    const [left, right, x] = f.locals(V128, 3);
    const at = inPlace === undefined ? b : f.local(I32);
    lines.forEach((line, i) => void f.get(a, rowA).mem('i32Load', i * 4).op('i32Add').set(line));
    const step = (u: number): void => {
      if (inPlace !== undefined) f.get(offsets).mem('i32Load', u * 4).set(at);
      if (inPlace === 'B') f.get(b, at).op('i32Add').set(at);
      const [source, offset] = inPlace === 'B' ? [at, 0] : [b, u * NR * 4];
      f.get(source).mem('v128Load', offset).set(left);
      f.get(source).mem('v128Load', offset + 16).set(right);
      for (let i = 0; i < rows; i++) {
        if (inPlace === 'A') f.get(lines[i]!, at).op('i32Add').mem('v128Load32Splat').set(x);
        else f.get(a).mem('v128Load32Splat', (u * rows + i) * 4).set(x);
        for (const [v, part] of [left, right].entries()) {
          const sum = acc[i * 2 + v]!;
          multiplyAdd(f, sum, x, part);
          f.set(sum);
        }
      }
    };
    f.block((done) => {
      f.loop((again) => {
        step(0);
        f.get(k).i32(1).op('i32Eq').brIf(done);
        step(1);
        if (inPlace !== 'A') f.add(a, 2 * rows * 4);
        if (inPlace !== 'B') f.add(b, 2 * NR * 4);
        if (inPlace !== undefined) f.add(offsets, 8);
        f.get(k).i32(2).op('i32Sub').tee(k).brIf(again);
      });
    });
    const row = f.local(I32);
    const store = (add: boolean): void => {
      for (let i = 0; i < rows; i++) {
        if (pitch === undefined) f.get(c, rowC).mem('i32Load', i * 4).op('i32Add').set(row);
        for (let v = 0; v < 2; v++) {
          const [base, offset] = pitch === undefined ? [row, v * 16] : [c, i * pitch + v * 16];
          f.get(base);
          if (add) f.get(base).mem('v128Load', offset);
          f.get(acc[i * 2 + v]!);
          if (add) f.op('f32x4Add');
          f.mem('v128Store', offset);
        }
      }
    };
    f.get(accumulate).if(
      () => store(true),
      () => store(false),
    );
  });
}
