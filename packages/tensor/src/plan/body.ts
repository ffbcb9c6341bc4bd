/** Builds the scalar bodies of map and reduce kernels: loads, literals and conversions, each defined once. */
import type { DType } from '../dtype';
import type { Operand } from './kernel';
import type { BinaryOp, Instruction } from './scalar';

export class BodyBuilder {
  readonly inputs: Operand[] = [];
  readonly constants: number[] = [];
  readonly body: Instruction[] = [];

  push(instruction: Instruction): number {
    return this.body.push(instruction) - 1;
  }

  /** Loads an operand that has the shape of the kernel's index space. */
  load(operand: Operand): number {
    const known = this.inputs.findIndex(
      (o) => o.slot === operand.slot && o.offset === operand.offset && o.strides.every((s, i) => s === operand.strides[i]),
    );
    if (known >= 0) return this.body.findIndex((x) => x.op === 'load' && x.input === known);
    return this.push({ op: 'load', input: this.inputs.push(operand) - 1, dtype: operand.dtype });
  }

  constant(value: number, dtype: DType): number {
    return this.push({ op: 'const', constant: this.constants.push(value) - 1, dtype });
  }

  binary(op: BinaryOp, a: number, b: number, dtype: DType): number {
    return this.push({ op, args: [a, b], dtype });
  }

  /** The value as `dtype`; no instruction when it is that already. */
  cast(value: number, dtype: DType): number {
    return this.dtypeOf(value) === dtype ? value : this.push({ op: 'cast', args: [value], dtype });
  }

  dtypeOf(value: number): DType {
    return this.body[value]!.dtype;
  }

  /** The row-major position within `shape`, as uint32. */
  flatIndex(shape: readonly number[]): number {
    let flat = this.constant(0, 'uint32');
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] !== 1) {
        const coordinate = this.cast(this.push({ op: 'index', axis, dtype: 'int32' }), 'uint32');
        flat = this.binary('add', flat, this.binary('mul', coordinate, this.constant(step, 'uint32'), 'uint32'), 'uint32');
      }
      step *= shape[axis]!;
    }
    return flat;
  }
}
