/** What of a task's results is checked. */
import type { Kind, Runner, Task } from './task';

/** The results that are compared with the reference, where a task has them; others only have to be computed. */
export const CHECKED = ['y', 'loss', 'dx', 'dw', 'dwqkv', 'dw1', 'dl1g'];

const TRAINING: readonly Kind[] = ['mlp-step', 'lenet-step', 'lstm-step', 'block-step'];

/** How many losses are checked; 0 for tasks that do not train. */
export function checkedSteps({ kind }: Task): number {
  return TRAINING.includes(kind) ? 5 : 0;
}

/** The results that are checked; of a training task the losses of its first steps. */
export async function checkedOutputs(task: Task, outputs: Runner['outputs']): Promise<Readonly<Record<string, ArrayLike<number>>>> {
  const steps = checkedSteps(task);
  if (steps === 0) return Object.fromEntries(Object.entries(await outputs()).filter(([name]) => CHECKED.includes(name)));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await outputs())['loss']![0]!);
  return { loss: losses };
}
