/**
 * The inner kernel of the matrix multiplication: a tile of 4 rows and 8 columns of C, kept in eight registers.
 *
 * K is unrolled by two with a way out between the steps. That makes odd K legal without padding, and it ends the basic
 * block: V8 up to 12 (Node 20 and 22) moves every load of a block to its top and then runs out of registers, which halves
 * the speed. The tile is a function of its own, so that the engine's optimising compiler takes it over after some calls even
 * inside the first large multiplication (there is no on-stack replacement in WebAssembly).
 */
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';

export const MR = 4;
export const NR = 8;

/** Adds micro(k, a, b, c0, c1, c2, c3, accumulate): rows of C at c0..c3, panels of A and B packed k-major, k >= 1. */
export function addMicro(module: KernelModule): number {
  return module.helper('gemm tile', new Array<typeof I32>(8).fill(I32), [], (f, k, a, b, c0, c1, c2, c3, accumulate) => {
    const rows = [c0, c1, c2, c3];
    const acc = f.locals(V128, MR * 2);
    const [left, right, x] = f.locals(V128, 3);
    f.block((done) => {
      f.loop((again) => {
        step(f, a, b, 0, acc, left, right, x);
        f.get(k).i32(1).op('i32Eq').brIf(done);
        step(f, a, b, 1, acc, left, right, x);
        f.add(a, 2 * MR * 4).add(b, 2 * NR * 4);
        f.get(k).i32(2).op('i32Sub').tee(k).brIf(again);
      });
    });
    const store = (add: boolean): void =>
      rows.forEach((row, i) => {
        for (let v = 0; v < 2; v++) {
          f.get(row);
          if (add) f.get(row).mem('v128Load', v * 16);
          f.get(acc[i * 2 + v]!);
          if (add) f.op('f32x4Add');
          f.mem('v128Store', v * 16);
        }
      });
    f.get(accumulate).if(
      () => store(true),
      () => store(false),
    );
  });
}

function step(f: KernelBuilder, a: Local, b: Local, u: number, acc: readonly Local[], left: Local, right: Local, x: Local): void {
  f.get(b).mem('v128Load', u * NR * 4).set(left);
  f.get(b).mem('v128Load', u * NR * 4 + 16).set(right);
  for (let i = 0; i < MR; i++) {
    f.get(a).mem('v128Load32Splat', (u * MR + i) * 4).set(x);
    for (const [v, column] of [left, right].entries()) {
      const sum = acc[i * 2 + v]!;
      f.get(sum, x, column).op('f32x4Mul', 'f32x4Add').set(sum);
    }
  }
}
