/** What may have made a loss NaN or infinite. */
import { isFloat, isFinite as isFiniteTensor, logicalNot, noGrad } from '@cotangent/tensor';
import { tensorIn } from './batches';
import { TrainingError } from './errors';

export interface BadLoss {
  readonly loss: number;
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number | undefined;
  /** Updates made before this loss was computed. */
  readonly steps: number;
  readonly lr: number;
  readonly clipped: boolean;
  readonly x: unknown;
}

/** The error for a loss that is no finite number, with the likely causes, the likeliest first. */
export async function badLoss(bad: BadLoss): Promise<TrainingError> {
  const { loss, epoch, batch, batches, steps, lr, clipped } = bad;
  const of = batches === undefined ? '' : ` of ${batches}`;
  const place = `epoch ${epoch}, batch ${batch}${of} (after ${steps} updates, learning rate ${lr})`;
  const input = await look(bad.x);
  const rate =
    `- The learning rate is too high. Try ${Number((lr / 10).toPrecision(3))}` +
    `${clipped ? '' : ', or limit the gradients: gradientClip: 1'}.`;
  const log =
    '- A logarithm or a division of 0 in the loss. Give scores, not probabilities, to crossEntropy; ' +
    'add a small number where you divide.';
  const unscaled = `- Unscaled inputs${input.text}. Bring them to about -1..1, for example with standardScaler of @cotangent/data.`;
  const check = `\nnumericsCheck(() => fit(...)${Number.isNaN(loss) ? '' : ', { infinity: true }'}) of @cotangent/tensor names the first op that makes one, and its line.`;
  const causes =
    input.bad > 0
      ? [`- ${input.bad} of the ${input.size} inputs of this batch are NaN or infinite. Clean the data first.`]
      : steps === 0
        ? [unscaled, log]
        : input.large
          ? [unscaled, rate, log]
          : [rate, log, unscaled];
  return new TrainingError(`fit: the loss became ${loss} in ${place}. Likely causes:\n${causes.join('\n')}${input.bad > 0 ? '' : check}`);
}

/** Size and range of the inputs, as far as they are numbers. */
async function look(x: unknown): Promise<{ bad: number; size: number; large: boolean; text: string }> {
  const input = tensorIn(x);
  const nothing = { bad: 0, size: 0, large: false, text: '' };
  if (!input || !isFloat(input.dtype) || input.size === 0) return nothing;
  const [bad, largest] = noGrad(() => [logicalNot(isFiniteTensor(input)).cast('int32').sum(), input.abs().amax()]);
  const most = await largest.item();
  return {
    bad: await bad.item(),
    size: input.size,
    large: most > 20,
    text: ` (the largest of this batch is ${Number(most.toPrecision(3))})`,
  };
}
