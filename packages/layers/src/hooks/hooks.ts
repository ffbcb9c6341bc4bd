/** The hooks of one module: functions that look at, or replace, what goes in and out of it, forwards and backwards. */
import { ArgumentError, concat, customGradient, narrow, reshape, type Tensor } from '@cotangent/tensor';
import { describe, isList } from '../check';
import type { Module } from '../module';
import { mapTensors, tensorsIn } from '../structure';

/** Called before `forward`; an array that it returns takes the place of the inputs. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => readonly unknown[] | undefined;

/** Called after `forward`; what it returns, unless that is undefined, takes the place of the output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

/** HookGradients in the order of the tensors they belong to. */
export type HookGradients = readonly Tensor[];

/** Called when a backward pass has the gradients by the outputs; an array that it returns takes their place. */
export type FullBackwardPreHook = (module: Module, gradOutputs: HookGradients) => HookGradients | undefined;

/**
 * Called when a backward pass has the gradients by the inputs; an array that it returns takes their place. Inputs that record
 * no gradient have none and are left out.
 */
export type FullBackwardHook = (module: Module, gradInputs: HookGradients, gradOutputs: HookGradients) => HookGradients | undefined;

/** Takes a hook off again. */
export interface HookHandle {
  /** Removes the hook; doing it twice does no harm. */
  remove(): void;
}

/** What a hook does to one call. */
interface Step {
  readonly before?: (inputs: readonly unknown[]) => readonly unknown[];
  readonly after?: (inputs: readonly unknown[], output: unknown) => unknown;
}

let stamps = 0;

export class Hooks {
  /** Replaced, not changed, so that a hook may remove itself while it runs. */
  private steps: readonly (() => Step)[] = [];
  /** Another number after every change, 0 without hooks: what a recording of `compile` depends on. */
  stamp = 0;

  constructor(private readonly module: Module) {}

  forwardPre(hook: ForwardPreHook): HookHandle {
    checkHook('registerForwardPreHook', hook);
    const before = (inputs: readonly unknown[]): readonly unknown[] => {
      const replaced = hook(this.module, inputs);
      if (replaced === undefined) return inputs;
      if (Array.isArray(replaced)) return replaced as readonly unknown[];
      throw new ArgumentError(`registerForwardPreHook: the hook returned ${describe(replaced)}; expected an array of inputs, or nothing.`);
    };
    return this.add(() => ({ before }));
  }

  forward(hook: ForwardHook): HookHandle {
    checkHook('registerForwardHook', hook);
    const after = (inputs: readonly unknown[], output: unknown): unknown => {
      const replaced = hook(this.module, inputs, output);
      return replaced === undefined ? output : replaced;
    };
    return this.add(() => ({ after }));
  }

  fullBackwardPre(hook: FullBackwardPreHook): HookHandle {
    checkHook('registerFullBackwardPreHook', hook);
    const after = (_: readonly unknown[], output: unknown): unknown =>
      tapAll('registerFullBackwardPreHook', output, (grads) => hook(this.module, grads));
    return this.add(() => ({ after }));
  }

  fullBackward(hook: FullBackwardHook): HookHandle {
    const name = 'registerFullBackwardHook';
    checkHook(name, hook);
    return this.add(() => {
      let gradOutputs: HookGradients = [];
      let reached = false;
      return {
        before: (inputs) => {
          reached = tensorsIn(inputs).some((x) => x.requiresGrad);
          return tapAll(name, inputs, (grads) => hook(this.module, grads, gradOutputs)) as readonly unknown[];
        },
        after: (_, output) =>
          tapAll(name, output, (grads) => {
            gradOutputs = grads;
            // Without an input that records gradients, the backward pass ends inside the module.
            if (!reached) hook(this.module, [], grads);
            return undefined;
          }),
      };
    });
  }

  /** Calls the module with everything around it. */
  run(inputs: readonly unknown[], forward: (inputs: readonly unknown[]) => unknown): unknown {
    const steps = this.steps.map((make) => make());
    let args = inputs;
    for (const { before } of steps) if (before) args = before(args);
    let output = forward(args);
    for (const { after } of steps) if (after) output = after(args, output);
    return output;
  }

  private add(step: () => Step): HookHandle {
    this.change([...this.steps, step]);
    return { remove: () => this.change(this.steps.filter((other) => other !== step)) };
  }

  private change(steps: readonly (() => Step)[]): void {
    this.steps = steps;
    this.stamp = steps.length === 0 ? 0 : ++stamps;
  }
}

/** The value with all its tensors that record gradients behind an identity which calls `hook` in the backward pass. */
function tapAll(name: string, value: unknown, hook: (grads: HookGradients) => HookGradients | undefined): unknown {
  const tensors = [...new Set(tensorsIn(value))].filter((x) => x.requiresGrad);
  if (tensors.length === 0) return value;
  const checked = (grads: HookGradients): HookGradients => {
    const replaced = hook(grads);
    if (replaced === undefined) return grads;
    if (isList(replaced) && replaced.length === grads.length) return replaced;
    throw new ArgumentError(`${name}: the hook returned ${describe(replaced)}; expected an array of ${grads.length} gradients, or nothing.`);
  };
  const tapped = tap(tensors, checked);
  const places = new Map(tensors.map((x, i) => [x, tapped[i]!]));
  return mapTensors(value, (x) => places.get(x) ?? x);
}

/**
 * The tensors unchanged; a backward pass calls `hook` with their gradients. Several are tied into one vector, so that their
 * gradients arrive together, zeros for those that the loss does not depend on.
 */
function tap(tensors: readonly Tensor[], hook: (grads: HookGradients) => HookGradients): readonly Tensor[] {
  const [first] = tensors;
  if (tensors.length === 1) return [customGradient((x) => x, (grad) => [hook([grad])[0]])(first!)];
  const cut = (flat: Tensor): Tensor[] => {
    let from = 0;
    return tensors.map((x) => {
      from += x.size;
      return reshape(narrow(flat, 0, from - x.size, x.size), x.shape);
    });
  };
  const tie = (parts: readonly Tensor[]): Tensor => concat(parts.map((x) => reshape(x, [-1])));
  return cut(customGradient((x) => x, (grad) => [tie(hook(cut(grad)))])(tie(tensors)));
}

function checkHook(name: string, hook: unknown): void {
  if (typeof hook !== 'function') throw new ArgumentError(`${name}: the hook is ${describe(hook)}; expected a function.`);
}
