/** Operands along the axis that runs four elements at a time. */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { loadSplat, loadStrided, loadUnit, storeStrided, storeTail, storeUnit } from './lanes';

/** Neighbouring elements, one repeated element, or elements at any other distance. */
export type InnerWalk = 'unit' | 'splat' | 'strided';

export function innerWalk(stride: number): InnerWalk {
  return stride === 1 ? 'unit' : stride === 0 ? 'splat' : 'strided';
}

export interface InnerOperand {
  readonly dtype: DType;
  readonly walk: InnerWalk;
  readonly pointer: Local;
  /** Place of the stride in bytes in the parameter block. */
  readonly stride: number;
}

/** Emits loads and pointer movement; `close` gives its locals back. */
export class InnerOperands {
  readonly #strides = new Map<number, Local>();

  constructor(
    private readonly f: KernelBuilder,
    parameters: Local,
    private readonly operands: readonly (InnerOperand | undefined)[],
  ) {
    operands.forEach((operand, k) => {
      if (operand?.walk !== 'strided') return;
      const local = f.temp(I32);
      f.get(parameters).mem('i32Load', operand.stride).set(local);
      this.#strides.set(k, local);
    });
  }

  /**
   * Pushes four elements of operand `k`, `vectors` vectors further on. With `count` (a local holding 1 to 3) lanes from
   * `count` on are arbitrary, but nothing outside the array is touched beyond the slack behind it.
   */
  load(k: number, vectors = 0, count?: Local): void {
    const { f } = this;
    const { dtype, walk, pointer } = this.operands[k]!;
    if (walk === 'splat') loadSplat(f, dtype, pointer);
    else if (walk === 'unit') loadUnit(f, dtype, pointer, vectors * 4 * bytesOf(dtype));
    else this.#ahead(k, vectors, (at, stride) => loadStrided(f, dtype, at, stride, count));
  }

  /** Stores four elements of operand `k`, or the first `count`, `vectors` vectors further on. */
  store(k: number, value: Local, vectors = 0, count?: Local): void {
    const { f } = this;
    const { dtype, walk, pointer } = this.operands[k]!;
    if (walk === 'strided') this.#ahead(k, vectors, (at, stride) => storeStrided(f, dtype, at, stride, value, count));
    else if (count === undefined) storeUnit(f, dtype, pointer, value, vectors * 4 * bytesOf(dtype));
    else storeTail(f, dtype, pointer, value, count);
  }

  #ahead(k: number, vectors: number, use: (pointer: Local, stride: Local) => void): void {
    const { f } = this;
    const { pointer } = this.operands[k]!;
    const stride = this.#strides.get(k)!;
    if (vectors === 0) {
      use(pointer, stride);
      return;
    }
    const moved = f.temp(I32);
    f.get(pointer, stride).i32(vectors * 4).op('i32Mul', 'i32Add').set(moved);
    use(moved, stride);
    f.release(I32, moved);
  }

  /** As `load`, from another address. */
  loadAt(k: number, pointer: Local, count?: Local): void {
    const { dtype, walk } = this.operands[k]!;
    if (walk === 'splat') loadSplat(this.f, dtype, pointer);
    else if (walk === 'unit') loadUnit(this.f, dtype, pointer);
    else loadStrided(this.f, dtype, pointer, this.#strides.get(k)!, count);
  }

  /** Moves all pointers by `count` elements: a number, or a local. */
  advance(count: number | { readonly local: Local }): void {
    const { f } = this;
    this.operands.forEach((operand, k) => {
      if (operand === undefined || operand.walk === 'splat') return;
      const { dtype, walk, pointer } = operand;
      if (typeof count === 'number') {
        if (walk === 'unit') {
          f.add(pointer, count * bytesOf(dtype));
          return;
        }
        f.get(pointer, this.#strides.get(k)!).i32(count);
      } else {
        f.get(pointer, count.local);
        if (walk === 'unit') f.i32(bytesOf(dtype));
        else f.get(this.#strides.get(k)!);
      }
      f.op('i32Mul', 'i32Add').set(pointer);
    });
  }

  close(): void {
    this.f.release(I32, ...this.#strides.values());
  }
}
