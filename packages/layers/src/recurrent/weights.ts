/** The weights of recurrent layers, and what one step computes with them. */
import { add, chunk, linear, mul, parameter, relu, sigmoid, tanh, uniform, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface CellOptions extends FactoryOptions {
  /** Whether both affine maps have a bias. Default true. */
  readonly bias?: boolean;
}

/** The kinds of weights; the names are PyTorch's. */
export type WeightName = 'weight_ih' | 'weight_hh' | 'bias_ih' | 'bias_hh';


/** The next states from the sum of both affine maps and the states; the first of them is the output. */
export type Step = (pre: Tensor, states: readonly Tensor[]) => readonly Tensor[];

export const STEPS: Readonly<Record<'tanh' | 'relu' | 'lstm', Step>> = {
  tanh: (pre) => [tanh(pre)],
  relu: (pre) => [relu(pre)],
  lstm: (pre, [, cell]) => {
    const [input, forget, candidate, output] = chunk(pre, 4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const next = add(mul(sigmoid(forget), cell!), mul(sigmoid(input), tanh(candidate)));
    return [mul(sigmoid(output), tanh(next)), next];
  },
};

/** What layers and cells have in common: sizes, and weights that appear under PyTorch's keys. */
export abstract class RecurrentModule extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** All weights by their keys, such as `weight_ih_l0`. */
  readonly weights: Readonly<Record<string, Parameter>>;

  /**
   * @param gates how many numbers per hidden unit the affine maps give.
   * @param suffixes the endings of the keys, with the size of the input that belongs to each.
   */
  protected constructor(
    protected readonly kind: string,
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: CellOptions,
    suffixes: readonly (readonly [string, number])[],
  ) {
    super();
    this.inputSize = checkWhole(kind, 'inputSize', inputSize, 1);
    this.hiddenSize = checkWhole(kind, 'hiddenSize', hiddenSize, 1);
    const { bias = true, dtype, generator } = options;
    const bound = 1 / Math.sqrt(hiddenSize);
    const rows = gates * hiddenSize;
    const weights: Record<string, Parameter> = {};
    for (const [suffix, size] of suffixes) {
      const shapes: readonly (readonly [WeightName, readonly number[]])[] = [
        ['weight_ih', [rows, size]],
        ['weight_hh', [rows, hiddenSize]],
        ['bias_ih', [rows]],
        ['bias_hh', [rows]],
      ];
      for (const [name, shape] of shapes.slice(0, bias ? 4 : 2)) {
        weights[name + suffix] = parameter(uniform(shape, -bound, bound, { dtype, generator }));
      }
    }
    this.weights = weights;
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.weights);
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}`;
  }

  /** W_ih x + b_ih + b_hh, for any number of steps at once. */
  protected ofInput(x: Tensor, suffix: string): Tensor {
    const { [`weight_ih${suffix}`]: weight, [`bias_ih${suffix}`]: first, [`bias_hh${suffix}`]: second } = this.weights;
    return linear(x, weight!, first && add(first, second!));
  }

  /** The states after a step that got `ofInput` of its input. */
  protected next(step: Step, fromInput: Tensor, states: readonly Tensor[], suffix: string): readonly Tensor[] {
    return step(add(fromInput, linear(states[0]!, this.weights[`weight_hh${suffix}`]!)), states);
  }
}
