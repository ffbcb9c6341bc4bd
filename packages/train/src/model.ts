/** What can be trained and evaluated, and the mode it is in. */
import type { Tensor } from '@cotangent/tensor';

/** A model that can be evaluated: a `Module` of `@cotangent/layers`, or anything with these members. */
export interface Model<X = Tensor, O = Tensor> {
  forward(x: X): O;
  training: boolean;
  train(mode?: boolean): unknown;
  eval(): unknown;
  /** This part and all below it, each with a mode of its own. */
  modules?(): Iterable<{ training: boolean }>;
}

/** A model that can be trained: its state can be saved and given back. */
export interface TrainableModel<X = Tensor, O = Tensor> extends Model<X, O> {
  stateDict(): Record<string, Tensor>;
  loadStateDict(state: Record<string, Tensor>): unknown;
}

/** Remembers the mode of every part of a model; the result puts all of them back. */
export function rememberModes(model: Pick<Model, 'training' | 'modules'>): () => void {
  const parts = [...(model.modules?.() ?? [model])];
  const modes = parts.map((part) => part.training);
  return () => {
    parts.forEach((part, i) => {
      part.training = modes[i]!;
    });
  };
}

/** Runs `work` with the model in evaluation mode, then puts every part back into the mode it had, also after an error. */
export async function inEvaluation<T>(model: Pick<Model, 'training' | 'modules' | 'eval'>, work: () => Promise<T>): Promise<T> {
  const restore = rememberModes(model);
  model.eval();
  try {
    return await work();
  } finally {
    restore();
  }
}
