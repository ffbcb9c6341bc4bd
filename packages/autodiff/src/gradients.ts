/** `gradients`: derivatives of any outputs for any inputs, themselves differentiable. */
import { ArgumentError, GradientError, isTensor, ones, record, sameShape, show, Tensor, zeros, type Node } from '@cotangent/tensor';
import { dense } from './rows';
import { reverse, type Seed } from './walk';

export interface GradientsOptions {
  /** What arrives at each output. Default: ones. */
  readonly gradOutputs?: readonly Tensor[] | Tensor;
}

/**
 * The gradients of the outputs (weighted by `gradOutputs` and summed) for each input, as in torch.autograd.grad. The
 * results can be differentiated again. Inputs must be parameters or come from `track`; those that the outputs do not
 * depend on get zeros.
 *
 * @throws GradientError for an input through which no gradient is recorded.
 * @example
 * ```ts
 * import { gradients, track } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const x = track(tensor([3]));
 * const [first] = gradients(x.pow(3), [x]);
 * const [second] = gradients(first!, [x]);
 * console.log(await first!.array(), await second!.array()); // [27] [18]
 * ```
 */
export function gradients(outputs: readonly Tensor[] | Tensor, inputs: readonly Tensor[], options: GradientsOptions = {}): Tensor[] {
  const ys = isTensor(outputs) ? [outputs] : outputs;
  const given = options.gradOutputs;
  const weights = given === undefined ? undefined : isTensor(given) ? [given] : given;
  if (weights && weights.length !== ys.length) {
    throw new ArgumentError(`gradients: ${ys.length} outputs but ${weights.length} gradOutputs; give one for each.`);
  }
  const seeds = ys.map((y, i): Seed => {
    const weight = weights?.[i] ?? ones(y.shape, { dtype: y.dtype });
    if (!sameShape(weight.shape, y.shape)) {
      throw new ArgumentError(`gradients: output ${i} has shape ${show(y.shape)} but its gradOutput ${show(weight.shape)}; they must be equal.`);
    }
    return [y.node, weight];
  });
  inputs.forEach((x, i) => {
    if (!isTensor(x) || !x.requiresGrad) {
      throw new GradientError(
        `gradients: input ${i} (shape ${show(x.shape)}) records no gradient. Make it a parameter, or wrap it before use: x = track(x).`,
      );
    }
  });
  const targets = new Set(inputs.map((x) => x.node));
  const useful = pathsTo(targets, seeds.map(([node]) => node));
  const found = reverse(seeds, (node) => targets.has(node), useful);
  return inputs.map((x) => {
    const gradient = found.get(x.node);
    return gradient ? dense(gradient) : zeros(x.shape, { dtype: x.dtype });
  });
}

/** Which nodes lie between the targets and the outputs; nodes recorded later (by checkpoints) count as useful. */
function pathsTo(targets: ReadonlySet<Node>, outputs: readonly Node[]): (node: Node) => boolean {
  const seen = new Set(outputs);
  const stack = [...outputs];
  let newest = 0;
  let hasCheckpoint = false;
  while (stack.length > 0) {
    const node = stack.pop()!;
    newest = Math.max(newest, node.id);
    hasCheckpoint ||= node.op === 'checkpoint';
    for (const input of node.inputs) {
      if (input.requiresGrad && !seen.has(input)) {
        seen.add(input);
        stack.push(input);
      }
    }
  }
  if (hasCheckpoint) return () => true;
  const useful = new Set<Node>();
  for (const node of [...seen].sort((a, b) => a.id - b.id)) {
    if (targets.has(node) || node.inputs.some((input) => useful.has(input))) useful.add(node);
  }
  return (node) => useful.has(node);
}

/**
 * The same value as an input for `gradients`: from here on gradients are recorded.
 *
 * @example
 * ```ts
 * import { track } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * console.log(track(tensor([1])).requiresGrad); // true
 * ```
 */
export function track(x: Tensor): Tensor {
  // A view of x: gradients pass on to x too, so that transforms can be nested.
  const node = record('expand', [x.node], { shape: x.shape });
  node.requiresGrad = true;
  return new Tensor(node);
}
