/** Writes the scalar body of a map or reduce kernel into its loops. */
import type { Instruction, Operand } from '@cotangent/tensor';
import type { Nest } from '../loops';
import { constantName, instructionText } from './scalar';
import type { Cursor, KernelSource } from './source';

/** The original axes whose coordinate the body asks for: they must stay loops of their own. */
export function indexedAxes(body: readonly Instruction[]): Set<number> {
  const axes = new Set<number>();
  for (const instruction of body) if (instruction.op === 'index') axes.add(instruction.axis);
  return axes;
}

/** The start of each operand, with its strides in the loops of `nest`. */
export function operandCursors(source: KernelSource, inputs: readonly Operand[], nest: Nest): Cursor[] {
  return inputs.map((input, j) => ({ at: source.param(input.offset), steps: nest.strides[j]! }));
}

export class BodyWriter {
  private readonly arrays: readonly string[];
  private readonly constants = new Map<number, string>();
  private readonly needed: readonly boolean[];

  constructor(
    private readonly source: KernelSource,
    private readonly body: readonly Instruction[],
    constants: readonly number[],
    inputs: readonly Operand[],
    results: readonly number[],
  ) {
    this.arrays = inputs.map((input) => source.slot(input.slot, input.dtype));
    this.needed = reachable(body, results);
    body.forEach((instruction, k) => {
      if (instruction.op === 'const' && this.needed[k]) this.constants.set(k, constantName(source, body, constants, k));
    });
  }

  /**
   * Which instructions have the same value along the whole innermost loop: those that depend only on operands with
   * stride 0 there and on coordinates of outer loops.
   */
  invariant(strides: readonly (readonly number[])[], innerLoop: number, loopOfAxis: (axis: number) => number): boolean[] {
    const fixed: boolean[] = [];
    for (const instruction of this.body) {
      switch (instruction.op) {
        case 'load':
          fixed.push(strides[instruction.input]![innerLoop] === 0);
          break;
        case 'const':
          fixed.push(true);
          break;
        case 'index':
          fixed.push(loopOfAxis(instruction.axis) !== innerLoop);
          break;
        default:
          fixed.push(instruction.args.every((arg) => fixed[arg]!));
      }
    }
    return fixed;
  }

  /** Declares the values for which `select` holds. `coordinate` is the text of the coordinate along an original axis. */
  write(at: readonly string[], coordinate: (axis: number) => string, select: (instruction: number) => boolean): void {
    this.body.forEach((instruction, k) => {
      if (!this.needed[k] || instruction.op === 'const' || !select(k)) return;
      const text = instructionText(this.body, k, {
        load: (input) => `${this.arrays[input]!}[${at[input]!}]`,
        index: coordinate,
        constant: (value) => this.value(value),
        value: (value) => this.value(value),
      });
      this.source.line(`const v${k} = ${text};`);
    });
  }

  value(instruction: number): string {
    return this.constants.get(instruction) ?? `v${instruction}`;
  }
}

function reachable(body: readonly Instruction[], results: readonly number[]): boolean[] {
  const needed = body.map(() => false);
  for (const result of results) needed[result] = true;
  for (let k = body.length - 1; k >= 0; k--) {
    const instruction = body[k]!;
    if (needed[k] && 'args' in instruction) for (const arg of instruction.args) needed[arg] = true;
  }
  return needed;
}
