/** Variables: tensors whose value can be replaced, such as weights and running statistics. */
import { DTypeError, ShapeError } from './errors';
import type { Node, VariableCell } from './graph/node';
import { bufferNode, valueNode } from './graph/record';
import { assign, recordUpdate, settleAll } from './runtime/flush';
import { state } from './runtime/state';
import { sameShape, show } from './shape';
import { nodeOf } from './ops/operand';
import { Tensor } from './tensor';

/** A tensor with a replaceable value and no gradient: running statistics, optimiser state, step counts. */
export class Variable extends Tensor implements VariableCell {
  settled: Node;
  /** The key under which modules and optimisers store it, such as 'fc.weight'; set when a module lists its parameters. */
  name: string | undefined;
  /** How many times the value has been replaced. */
  version = 0;

  constructor(value: Tensor, requiresGrad = false) {
    super(value.node);
    const { storage, variable, shape } = value.node;
    this.node = storage && !variable ? bufferNode(storage, shape, requiresGrad) : valueNode(value.node, this, requiresGrad);
    this.settled = this.node;
    this.node.variable = this;
    state.tracing?.created(this);
    if (!this.node.storage) state.updated.add(this);
  }

  /**
   * Replaces the value now: everything pending that was kept is computed first, with the old value.
   *
   * @throws ShapeError or DTypeError when the new value differs in shape or dtype.
   * @example
   * ```ts
   * import { parameter, tensor } from '@cotangent/tensor';
   * const w = parameter(tensor([1, 2]));
   * w.assign(w.mul(0.5));
   * console.log(await w.array()); // [0.5, 1]
   * ```
   */
  assign(value: Tensor): void {
    assignAll([[this, value]]);
  }

  /**
   * Records a new value without computing it: later uses see it, and the next flush computes it. For statistics that
   * change during a forward pass.
   */
  update(value: Tensor): void {
    this.check(value);
    recordUpdate(this, value.node);
  }

  /** Throws unless `value` has this variable's shape and dtype. */
  check(value: Tensor): void {
    const node = nodeOf('assign', value);
    if (!sameShape(node.shape, this.shape)) {
      throw new ShapeError(`assign: the variable has shape ${show(this.shape)} but the new value has ${show(node.shape)}; they must be equal.`);
    }
    if (node.dtype !== this.dtype) {
      throw new DTypeError(`assign: the variable is ${this.dtype} but the new value is ${node.dtype}; convert it with .cast('${this.dtype}').`);
    }
  }
}

/** A trainable variable. Modules find their parameters by this class; `backward` gives each a gradient. */
export class Parameter extends Variable {
  constructor(value: Tensor) {
    super(value, true);
  }

  override get requiresGrad(): boolean {
    return this.node.requiresGrad;
  }

  /** Setting it to false freezes the parameter: no gradient is computed for it and optimisers leave it alone. */
  override set requiresGrad(on: boolean) {
    state.tracing?.flagging(this);
    this.node.requiresGrad = on;
  }
}

/**
 * Makes a trainable parameter from an initial value.
 *
 * @example
 * ```ts
 * import { parameter, randn } from '@cotangent/tensor';
 * const weight = parameter(randn([3, 2]));
 * console.log(weight.requiresGrad); // true
 * ```
 */
export function parameter(value: Tensor): Parameter {
  return new Parameter(value);
}

/** Makes a variable without gradient from an initial value. */
export function variable(value: Tensor): Variable {
  return new Variable(value);
}

/** Replaces several variables at once, in one plan; the new values may depend on the old values of all of them. */
export function assignAll(pairs: Iterable<readonly [Variable, Tensor]>): void {
  const assignments = [...pairs].map(([target, value]) => {
    target.check(value);
    return { variable: target, value: value.node };
  });
  assign(assignments);
}

/**
 * Calls `fn` while variables stand for other values of the same shape and dtype: what it records reads those, and gradients flow
 * through them to whatever they were computed from. For noise on weights, or a network with weights from elsewhere.
 *
 * @returns what `fn` returns.
 * @throws ShapeError or DTypeError when a value does not fit its variable.
 * @example
 * ```ts
 * import { parameter, tensor, withValues } from '@cotangent/tensor';
 * const w = parameter(tensor([2]));
 * console.log(await withValues([[w, w.mul(10)]], () => w.add(1)).array()); // [21]
 * console.log(await w.add(1).array()); // [3]
 * ```
 */
export function withValues<T>(values: Iterable<readonly [Variable, Tensor]>, fn: () => T): T {
  const pairs = [...values].map(([variable, value]) => {
    variable.check(value);
    return { variable, before: variable.node, node: value.node };
  });
  // A flush while `fn` records would take what stands in for a value that is not computed yet.
  if (!state.tracing && pairs.some(({ variable }) => state.updated.has(variable))) {
    settleAll();
    for (const pair of pairs) pair.before = pair.variable.node;
  }
  for (const { variable, node } of pairs) variable.node = node;
  try {
    return fn();
  } finally {
    for (const { variable, before, node } of pairs) if (variable.node === node) variable.node = before; // else it was updated
  }
}
