/**
 * What the inner kernels of the matrix multiplication should look like on the engine at hand, found out by asking it to
 * validate tiny modules. Not responsible for: whether WebAssembly and SIMD are there at all (compile.ts).
 */
import { I32, ModuleBuilder, V128 } from '../assembler';

export interface Tiling {
  /** Rows of a full tile. */
  readonly rows: 4 | 6;
  /** Whether products are added with one rounding, by relaxed multiply-add. */
  readonly madd: boolean;
}

/** A module that uses relaxed multiply-add. */
function maddProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.function('probe', [I32], [V128], (f, x) => {
    f.get(x).op('i32x4Splat').get(x).op('i32x4Splat').get(x).op('i32x4Splat', 'f32x4RelaxedMadd');
  });
  return module.encode();
}

/** A module that has a memory with 64-bit addresses. */
const WIDE_MEMORY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 0);

let found: Tiling | undefined;

/**
 * The tiling for this engine; the same one during the whole life of the program.
 *
 * Relaxed multiply-add is worth 1.3 to 1.4 times the speed of a multiplication and an addition. A tile of 6 rows needs all 16
 * registers, which V8 before version 13 cannot arrange: it moves loads to the top of a block and then keeps values in memory.
 * Where memories have 64-bit addresses the newer V8 is at work. Engines without multiply-add keep to 4 rows: there, values of
 * products need registers too.
 */
export function tiling(): Tiling {
  if (found === undefined) {
    const madd = WebAssembly.validate(maddProbe());
    found = { madd, rows: madd && WebAssembly.validate(WIDE_MEMORY) ? 6 : 4 };
  }
  return found;
}
