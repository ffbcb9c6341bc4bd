/**
 * The inner kernel of the matrix multiplication: a tile of 4 rows and 8 columns of C, kept in eight registers.
 *
 * K is unrolled by two with a way out between the steps. That makes odd K legal without padding, and it ends the basic
 * block: V8 up to 12 (Node 20 and 22) moves every load of a block to its top and then runs out of registers, which halves
 * the speed. The tile is a function of its own, so that the engine's optimising compiler takes it over after some calls even
 * inside the first large multiplication (there is no on-stack replacement in WebAssembly).
 */
import { I32, V128, type Locals } from '../assembler';
import type { KernelModule } from '../kernel-module';

export const MR = 4;
export const NR = 8;

/**
 * Adds tile(k, a, b, kB, c0, c1, c2, c3, accumulate) for k >= 1: rows of C at c0..c3, A packed k-major. With `packed`, so is B, and
 * kB is ignored; otherwise row k of B lies at b + kB[k].
 */
export function addTile(module: KernelModule, packed: boolean): number {
  const name = packed ? 'gemm tile' : 'gemm tile in place';
  return module.helper(name, new Array<typeof I32>(9).fill(I32), [], (f, ...params) => {
    const [k, a, b, kB, c0, c1, c2, c3, accumulate] = params as Locals<9>;
    const acc = f.locals(V128, MR * 2);
    const [left, right, x] = f.locals(V128, 3);
    const at = packed ? b : f.local(I32);
    const step = (u: number): void => {
      if (!packed) f.get(b, kB).mem('i32Load', u * 4).op('i32Add').set(at);
      const offset = packed ? u * NR * 4 : 0;
      f.get(at).mem('v128Load', offset).set(left);
      f.get(at).mem('v128Load', offset + 16).set(right);
      for (let i = 0; i < MR; i++) {
        f.get(a).mem('v128Load32Splat', (u * MR + i) * 4).set(x);
        f.get(acc[i * 2]!, x, left).op('f32x4Mul', 'f32x4Add').set(acc[i * 2]!);
        f.get(acc[i * 2 + 1]!, x, right).op('f32x4Mul', 'f32x4Add').set(acc[i * 2 + 1]!);
      }
    };
    f.block((done) => {
      f.loop((again) => {
        step(0);
        f.get(k).i32(1).op('i32Eq').brIf(done);
        step(1);
        f.add(a, 2 * MR * 4);
        if (packed) f.add(b, 2 * NR * 4);
        else f.add(kB, 8);
        f.get(k).i32(2).op('i32Sub').tee(k).brIf(again);
      });
    });
    const store = (add: boolean): void => {
      for (const [i, row] of [c0, c1, c2, c3].entries()) {
        for (let v = 0; v < 2; v++) {
          f.get(row);
          if (add) f.get(row).mem('v128Load', v * 16);
          f.get(acc[i * 2 + v]!);
          if (add) f.op('f32x4Add');
          f.mem('v128Store', v * 16);
        }
      }
    };
    f.get(accumulate).if(
      () => store(true),
      () => store(false),
    );
  });
}
