import { concat, scan, ShapeError, show, stack, unbind, zeros, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability, checkWhole } from '../check';
import { dropout } from '../noise/dropout';
import { RecurrentModule, STEPS, type CellOptions } from './weights';

export interface RecurrentOptions extends CellOptions {
  /** Layers on top of each other, each reading the outputs of the one below. Default 1. */
  readonly numLayers?: number;
  /** Input and output are [batch, time, features] instead of [time, batch, features]. The states are not concerned. Default false. */
  readonly batchFirst?: boolean;
  /** Probability of dropping outputs between layers while training. Default 0. */
  readonly dropout?: number;
  /** A second set of weights reads the sequence backwards; both outputs are put side by side. Default false. */
  readonly bidirectional?: boolean;
}

/** What RNN and LSTM have in common: layers and directions around a step. */
export abstract class Recurrent extends RecurrentModule {
  readonly numLayers: number;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly #options: CellOptions;

  protected constructor(
    kind: string,
    private readonly step: keyof typeof STEPS,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions,
  ) {
    const { numLayers = 1, batchFirst = false, dropout: p = 0, bidirectional = false } = options;
    checkWhole(kind, 'numLayers', numLayers, 1);
    const directions = bidirectional ? ['', '_reverse'] : [''];
    const suffixes = Array.from({ length: numLayers }, (_, layer) =>
      directions.map((end) => [`_l${layer}${end}`, layer === 0 ? inputSize : directions.length * hiddenSize] as const),
    );
    super(kind, step === 'lstm' ? 4 : 1, inputSize, hiddenSize, options, suffixes.flat());
    this.numLayers = numLayers;
    this.batchFirst = batchFirst;
    this.dropout = checkProbability(kind, 'dropout', p);
    this.bidirectional = bidirectional;
    this.#options = options;
  }

  override extraRepr(): string {
    const { numLayers, batchFirst, dropout: p, bidirectional } = this;
    const parts = [super.extraRepr()];
    if (numLayers !== 1) parts.push(`numLayers=${numLayers}`);
    if (this.#options.bias === false) parts.push('bias=false');
    if (batchFirst) parts.push('batchFirst=true');
    if (p !== 0) parts.push(`dropout=${p}`);
    if (bidirectional) parts.push('bidirectional=true');
    return parts.join(', ');
  }

  /**
   * All layers over a whole sequence.
   *
   * @param states the initial ones, each [numLayers * directions, batch, hidden]; zeros where absent.
   * @returns the output of the last layer, and the final states in the shape of the initial ones.
   */
  protected run(x: Tensor, states: readonly (Tensor | undefined)[]): { output: Tensor; states: Tensor[] } {
    const { kind, batchFirst, inputSize, hiddenSize, numLayers } = this;
    const { dtype } = this.weights['weight_hh_l0']!;
    checkInput(kind, x, dtype);
    if (x.ndim < 2 || x.ndim > 3 || x.shape.at(-1) !== inputSize) {
      const axes = batchFirst ? 'batch, time' : 'time, batch';
      throw new ShapeError(`${kind}: the input has shape ${show(x.shape)}; expected [${axes}, ${inputSize}] or [time, ${inputSize}].`);
    }
    if (x.ndim === 2) {
      const single = this.run(x.unsqueeze(batchFirst ? 0 : 1), states.map((s) => s?.unsqueeze(1)));
      return { output: single.output.squeeze(batchFirst ? 0 : 1), states: single.states.map((s) => s.squeeze(1)) };
    }
    let sequence = batchFirst ? x.transpose(0, 1) : x;
    const directions = this.bidirectional ? ['', '_reverse'] : [''];
    const shape = [numLayers * directions.length, sequence.shape[1]!, hiddenSize];
    const starts = states.map((state, i) => {
      if (state && show(state.shape) !== show(shape)) {
        throw new ShapeError(`${kind}: initial state ${i} has shape ${show(state.shape)}; expected [layers * directions, batch, hidden] = ${show(shape)}.`);
      }
      return unbind(state ?? zeros(shape, { dtype }));
    });
    const ends: Tensor[][] = states.map(() => []);
    for (let layer = 0; layer < numLayers; layer++) {
      if (layer > 0) sequence = dropout(sequence, { p: this.dropout, training: this.training, generator: this.#options.generator });
      const outputs = directions.map((end, d) => {
        const suffix = `_l${layer}${end}`;
        const { carry, ys } = scan(
          (state, fromInput) => {
            const next = this.next(STEPS[this.step], fromInput, state, suffix);
            return [next, next[0]!];
          },
          { init: starts.map((list) => list[layer * directions.length + d]!), xs: this.ofInput(sequence, suffix), reverse: d === 1 },
        );
        carry.forEach((state, i) => ends[i]!.push(state));
        return ys;
      });
      sequence = concat(outputs, -1);
    }
    return { output: batchFirst ? sequence.transpose(0, 1) : sequence, states: ends.map((list) => stack(list)) };
  }
}
