import { ShapeError, show, zeros, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { RecurrentModule, STEPS, type CellOptions } from './weights';

/** What RNNCell and LSTMCell have in common: one step. */
export abstract class RecurrentCell extends RecurrentModule {
  protected constructor(
    kind: string,
    private readonly step: keyof typeof STEPS,
    inputSize: number,
    hiddenSize: number,
    options: CellOptions,
  ) {
    super(kind, step === 'lstm' ? 4 : 1, inputSize, hiddenSize, options, [['', inputSize]]);
  }

  /** The states after one step; zeros stand for absent ones. */
  protected run(x: Tensor, states: readonly (Tensor | undefined)[]): readonly Tensor[] {
    const { kind, inputSize, hiddenSize } = this;
    const { dtype } = this.weights['weight_hh']!;
    checkInput(kind, x, dtype);
    if (x.ndim < 1 || x.ndim > 2 || x.shape.at(-1) !== inputSize) {
      throw new ShapeError(`${kind}: the input has shape ${show(x.shape)}; expected [batch, ${inputSize}] or [${inputSize}].`);
    }
    const shape = [...x.shape.slice(0, -1), hiddenSize];
    const starts = states.map((state) => {
      if (state && show(state.shape) !== show(shape)) {
        throw new ShapeError(`${kind}: a state has shape ${show(state.shape)}; expected ${show(shape)} for an input of shape ${show(x.shape)}.`);
      }
      return state ?? zeros(shape, { dtype });
    });
    return this.next(STEPS[this.step], this.ofInput(x, ''), starts, '');
  }
}
