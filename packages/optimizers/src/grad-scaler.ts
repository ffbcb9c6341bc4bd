/** Loss scaling: gradients in float16 that neither vanish nor overflow. */
import { RowsGradient, type Gradient, type Gradients } from '@cotangent/autodiff';
import {
  any, ArgumentError, assignAll, cast, isFinite, keep, logicalAnd, logicalNot, logicalOr, mul, noGrad, readOptions, reciprocal, show,
  stack, StateError, Tensor, tensor, variable, where, zeros, type Variable,
} from '@cotangent/tensor';
import type { Updates } from './optimizer';
import type { OptimizerState } from './state';

export interface GradScalerOptions {
  /** The first scale. Default 65536. */
  readonly initScale: number;
  /** What the scale is multiplied by after `growthInterval` steps without an overflow. Default 2. */
  readonly growthFactor: number;
  /** What it is multiplied by after a step that was left out. Default 0.5. */
  readonly backoffFactor: number;
  readonly growthInterval: number;
  /** Without it the loss is not scaled, and `step` is the optimiser's own. Default true. */
  readonly enabled: boolean;
}

/** An optimiser whose steps can be left out: every `Optimizer`. */
export interface ScalableOptimizer {
  step(grads: Gradients): void;
  updates(grads: Gradients): Updates;
}

const DEFAULTS: GradScalerOptions = { initScale: 65536, growthFactor: 2, backoffFactor: 0.5, growthInterval: 2000, enabled: true };

/**
 * Multiplies a loss by a scale before `backward`, so that small gradients stay above the least float16, and divides the gradients by
 * it before the step (Micikevicius et al., "Mixed Precision Training", 2018). A step whose gradients are not all finite changes
 * nothing, neither parameters nor what the optimiser keeps, and halves the scale; after `growthInterval` good steps in a row the
 * scale doubles. Names and defaults are PyTorch's.
 *
 * Nothing is read: whether a step counts is decided where it is computed, so all of it works inside `compile`.
 *
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { GradScaler, SGD } from '@cotangent/optimizers';
 * import { autocast, matmul, parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([[1], [2]]));
 * const optimizer = new SGD([w], { lr: 0.5 });
 * const scaler = new GradScaler({ initScale: 1024 });
 * const loss = autocast(() => matmul(tensor([[1, 1]]), w)).cast('float32').sum();
 * scaler.step(optimizer, backward(scaler.scale(loss)));
 * scaler.update();
 * console.log(await w.array(), await scaler.getScale().item()); // [[0.5], [1.5]] 1024
 * ```
 */
export class GradScaler {
  private readonly options: GradScalerOptions;
  private readonly factor: Variable;
  /** Good steps in a row. */
  private readonly streak: Variable;
  /** Whether a step since the last `update` was left out. */
  private readonly overflowed: Variable;
  /** Optimisers whose gradients have been divided already, with whether any of these is not finite. */
  private readonly unscaled = new Map<ScalableOptimizer, Tensor>();

  constructor(options: Partial<GradScalerOptions> = {}) {
    readOptions('GradScaler', options, ['initScale', 'growthFactor', 'backoffFactor', 'growthInterval', 'enabled']);
    this.options = { ...DEFAULTS, ...options };
    const { initScale, growthFactor, backoffFactor, growthInterval } = this.options;
    const fail = (name: string, value: number, expected: string): never => {
      throw new ArgumentError(`GradScaler: ${name} is ${value}; expected ${expected}.`);
    };
    if (!(initScale > 0)) fail('initScale', initScale, 'a number above 0');
    if (!(growthFactor > 1)) fail('growthFactor', growthFactor, 'a number above 1');
    if (!(backoffFactor > 0 && backoffFactor < 1)) fail('backoffFactor', backoffFactor, 'a number between 0 and 1');
    if (!(Number.isInteger(growthInterval) && growthInterval > 0)) fail('growthInterval', growthInterval, 'a whole number above 0');
    this.factor = variable(tensor(this.options.enabled ? initScale : 1));
    this.streak = variable(tensor(0, { dtype: 'int32' }));
    this.overflowed = variable(tensor(false));
  }

  /**
   * The loss times the scale, in float32 where it is float16: give it to `backward` in place of the loss. The loss itself can still
   * be read after the step.
   */
  scale(loss: Tensor): Tensor {
    if (!this.options.enabled) return loss;
    keep(loss);
    const wide = loss.dtype === 'float16' ? cast(loss, 'float32') : loss;
    return mul(wide, cast(this.factor.detach(), wide.dtype));
  }

  /**
   * The gradients divided by the scale, for what comes between `backward` and `step`, such as clipping; `step` with this optimiser
   * then does not divide again.
   *
   * @throws ArgumentError when that has been done for this optimiser since its last step, or a gradient is float16: parameters
   *   must be float32, and are cast where they are used.
   * @example
   * ```ts
   * import { backward } from '@cotangent/autodiff';
   * import { clipGradNorm, GradScaler, SGD } from '@cotangent/optimizers';
   * import { parameter, tensor } from '@cotangent/tensor';
   * const w = parameter(tensor([30, 40]));
   * const optimizer = new SGD([w], { lr: 1 });
   * const scaler = new GradScaler();
   * const { grads } = clipGradNorm(scaler.unscale(optimizer, backward(scaler.scale(w.square().sum().mul(0.5)))), 5);
   * scaler.step(optimizer, grads);
   * console.log(await w.array()); // close to [27, 36]
   * ```
   */
  unscale(optimizer: ScalableOptimizer, grads: Gradients): Gradients {
    if (!this.options.enabled) return grads;
    if (this.unscaled.has(optimizer)) {
      throw new ArgumentError('GradScaler.unscale: the gradients of this optimiser are unscaled already. Call step before the next unscale.');
    }
    return noGrad(() => {
      const inverse = reciprocal(this.factor);
      const divided = grads.map((gradient) => multiplied(gradient, inverse));
      const found = [...divided].map(([, gradient]) => any(logicalNot(isFinite(entries(gradient)))));
      this.unscaled.set(optimizer, found.length === 0 ? tensor(false) : any(stack(found)));
      return divided;
    });
  }

  /** A step of the optimiser with these gradients divided by the scale, left out when one of them is not finite. */
  step(optimizer: ScalableOptimizer, grads: Gradients): void {
    if (!this.options.enabled) {
      optimizer.step(grads);
      return;
    }
    const divided = this.unscaled.has(optimizer) ? grads : this.unscale(optimizer, grads);
    const skip = this.unscaled.get(optimizer)!;
    this.unscaled.delete(optimizer);
    const { parameters, state } = optimizer.updates(divided);
    if (parameters.length === 0) return;
    noGrad(() => {
      const chosen = [...parameters, ...state].map(([target, value]) => [target, where(skip, target, value)] as const);
      assignAll([...chosen, [this.overflowed, logicalOr(this.overflowed, skip)]]);
    });
  }

  /** Sets the scale for the next steps: call it once after the steps of all optimisers. */
  update(): void {
    if (!this.options.enabled) return;
    const { growthFactor, backoffFactor, growthInterval } = this.options;
    noGrad(() => {
      const { factor, streak, overflowed } = this;
      const good = streak.add(1);
      const grows = good.ge(growthInterval);
      const grown = factor.mul(growthFactor);
      const kept = where(logicalAnd(grows, isFinite(grown)), grown, factor);
      const next = where(overflowed, factor.mul(backoffFactor), kept);
      const steps = where(logicalOr(overflowed, grows), 0, good);
      // Recorded, so that the plan of the next step computes them too.
      factor.update(next);
      streak.update(steps);
      overflowed.update(zeros([], { dtype: 'bool' }));
    });
  }

  /** [] float32: the scale as it is now; 1 when not enabled. */
  getScale(): Tensor {
    return keep(this.factor.detach());
  }

  /** The scale and the good steps so far, as of now, with the options. */
  stateDict(): OptimizerState {
    const { growthFactor, backoffFactor, growthInterval } = this.options;
    return { scale: this.getScale(), growthTracker: keep(this.streak.detach()), growthFactor, backoffFactor, growthInterval };
  }

  /**
   * Takes over scale and good steps from what `stateDict` gave; the options stay those of this scaler.
   *
   * @throws StateError that says what does not fit; nothing has changed then.
   */
  loadStateDict(state: OptimizerState): void {
    const { scale, growthTracker } = state;
    const check = (name: string, value: unknown, dtype: string): Tensor => {
      if (value instanceof Tensor && value.ndim === 0 && value.dtype === dtype) return value;
      const found = value instanceof Tensor ? `${value.dtype} ${show(value.shape)}` : 'missing';
      throw new StateError(`GradScaler.loadStateDict: ${name} is ${found}, expected ${dtype} []. Load what stateDict() of a GradScaler gave.`);
    };
    const [factor, streak] = [check('scale', scale, 'float32'), check('growthTracker', growthTracker, 'int32')];
    assignAll([[this.factor, factor], [this.streak, streak], [this.overflowed, tensor(false)]]);
  }
}

/** The entries of a gradient that may not be finite. */
function entries(gradient: Gradient): Tensor {
  return gradient instanceof RowsGradient ? gradient.rows : gradient;
}

function multiplied(gradient: Gradient, factor: Tensor): Gradient {
  if (gradient.dtype === 'float16') {
    throw new ArgumentError(
      'GradScaler: a gradient is float16, where dividing by the scale would lose what scaling has saved. Keep parameters in float32 ' +
        'and cast them where they are used, as autocast does.',
    );
  }
  const own = cast(factor, gradient.dtype);
  return gradient instanceof RowsGradient ? gradient.scale(own) : gradient.mul(own);
}
