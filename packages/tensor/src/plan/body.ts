/** Builds the scalar bodies of kernels. Equal instructions are added once. */
import type { DType } from '../dtype';
import type { Operand } from './kernel';
import type { BinaryOp, Instruction, UnaryInstruction } from './scalar';

export class BodyBuilder {
  readonly inputs: Operand[] = [];
  readonly constants: number[] = [];
  readonly body: Instruction[] = [];
  private readonly known = new Map<string, number>();

  /** Adds an instruction; `call` is for those of special functions, whose op and order say enough to compare them. */
  push(instruction: Instruction, call?: UnaryInstruction['call']): number {
    return this.once(Object.values(instruction).join(), () => (call ? { ...(instruction as UnaryInstruction), call } : instruction));
  }

  /** Loads an operand that has the shape of the kernel's index space. */
  load(operand: Operand): number {
    const { slot, offset, strides, dtype } = operand;
    return this.once(`load ${slot} ${offset} ${strides.join()}`, () => ({ op: 'load', input: this.inputs.push(operand) - 1, dtype }));
  }

  constant(value: number, dtype: DType): number {
    const text = Object.is(value, -0) ? '-0' : value;
    return this.once(`const ${text} ${dtype}`, () => ({ op: 'const', constant: this.constants.push(value) - 1, dtype }));
  }

  private once(key: string, make: () => Instruction): number {
    let place = this.known.get(key);
    if (place === undefined) this.known.set(key, (place = this.body.push(make()) - 1));
    return place;
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

  /** `offset` plus the coordinates times `strides`, one for each axis. */
  position(strides: readonly number[], offset: number, dtype: 'int32' | 'uint32'): number {
    let sum: number | undefined;
    strides.forEach((stride, axis) => {
      if (stride === 0) return;
      const index = this.cast(this.push({ op: 'index', axis, dtype: 'int32' }), dtype);
      const term = stride === 1 ? index : this.binary('mul', index, this.constant(stride, dtype), dtype);
      sum = sum === undefined ? term : this.binary('add', sum, term, dtype);
    });
    if (sum === undefined) return this.constant(offset, dtype);
    return offset === 0 ? sum : this.binary('add', sum, this.constant(offset, dtype), dtype);
  }
}
