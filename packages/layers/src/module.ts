/**
 * Module: what layers and networks are.
 *
 * Responsible for: finding parameters, buffers and child modules in the fields of a class, naming them as PyTorch does,
 * moving state in and out, and what surrounds a call of `forward`: hooks, and the layer's path in errors. Not responsible for:
 * computing anything; `forward` of each layer does that.
 */
import {
  ArgumentError, assignAll, BackendError, guard, isTensor, keep, Parameter, sameShape, show, StateError, Variable,
} from '@cotangent/tensor';
import type { Tensor } from '@cotangent/tensor';
import { describe } from './check';
import {
  Hooks, type ForwardHook, type ForwardPreHook, type FullBackwardHook, type FullBackwardPreHook, type HookHandle,
} from './hooks/hooks';
import { reportCall } from './hooks/observe';
import { addPlace } from './hooks/place';
import { isPlain } from './structure';

const BRAND = Symbol.for('@cotangent/module');

/** A module that maps one tensor to one tensor: what `Sequential` chains and `fit` trains. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** Keys of a state dict that found no counterpart; both are empty when everything fitted. */
export interface LoadReport {
  /** Keys of the module that the dict did not have. */
  readonly missing: readonly string[];
  /** Keys of the dict that the module does not have. */
  readonly unexpected: readonly string[];
}

/**
 * The base of layers and networks. A subclass keeps its parameters, buffers and child modules in fields, directly or in
 * arrays and plain objects, and defines `forward` with whatever inputs and outputs it likes.
 *
 * Names follow PyTorch: the weight of a field `fc` is `fc.weight`, that of the first element of a field `layers` is
 * `layers.0.weight`. A `Parameter` is trained; any other `Variable` is a buffer (running statistics): saved, not trained. A
 * plain `Tensor` is a constant and not part of the state. Fields that start with `#` are not looked at.
 *
 * @example
 * ```ts
 * import { Linear, Module } from '@cotangent/layers';
 * import { tensor, type Tensor } from '@cotangent/tensor';
 *
 * class Net extends Module {
 *   hidden = new Linear(2, 8);
 *   out = new Linear(8, 1);
 *   forward(x: Tensor): Tensor {
 *     return this.out.forward(this.hidden.forward(x).relu());
 *   }
 * }
 * const net = new Net();
 * console.log(Object.keys(net.stateDict())); // hidden.weight, hidden.bias, out.weight, out.bias
 * console.log(net.forward(tensor([[1, 2]])).shape); // [1, 1]
 * ```
 */
export abstract class Module {
  #training = true;
  readonly #mode = (): boolean => this.#training;
  #hooks: Hooks | undefined;
  readonly #stamp = (): number => this.#hooks?.stamp ?? 0;
  readonly [BRAND] = true;

  constructor() {
    // A property of the object stands before the method of the class, and super.forward still finds the method.
    const value = (...inputs: readonly unknown[]): unknown => this.#call(inputs);
    Object.defineProperty(this, 'forward', { value, configurable: true, enumerable: false, writable: true });
  }

  /**
   * True while training, as at the beginning; dropout and batch normalisation behave differently then. Set it with `train()` and
   * `eval()`. A function under `compile` that reads it is recorded once for each mode.
   */
  get training(): boolean {
    return guard(this.#mode, 'training');
  }

  set training(on: boolean) {
    guard(this.#mode, 'training');
    this.#training = on;
  }

  /** Computes the output; every module has its own inputs. */
  abstract forward(...inputs: never[]): unknown;

  /** The method of the class, with the module's hooks around it, and with the module's path in what it throws. */
  #call(inputs: readonly unknown[]): unknown {
    const { forward } = Object.getPrototypeOf(this) as { forward: (...inputs: readonly unknown[]) => unknown };
    try {
      const hooked = guard(this.#stamp, 'hooks') !== 0;
      const output = hooked ? this.#hooks!.run(inputs, (args) => forward.apply(this, [...args])) : forward.apply(this, [...inputs]);
      reportCall(this, inputs, output);
      return output;
    } catch (error) {
      addPlace(error, this, inputs);
      throw error;
    }
  }

  /** What stands in the parentheses when the module is printed. */
  extraRepr(): string {
    return '';
  }

  /** The fields that are searched, with their names; containers such as `Sequential` give their elements instead. */
  protected fields(): Iterable<readonly [string, unknown]> {
    return Object.entries(this);
  }

  // Parts

  /** Throws when the module does not have its parameters yet; `path` names it. Only lazy modules do. */
  protected checkBuilt(_path: string): void {
    return;
  }

  /** The modules in the fields of this one, with their names. */
  namedChildren(): [string, Module][] {
    return this.members().filter((member): member is [string, Module] => member[1] instanceof Module);
  }

  /** The modules in the fields of this one. */
  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module (named '') and all below it, parents first, each once even if it is used in several places. */
  namedModules(): [string, Module][] {
    const found = new Map<Module, string>();
    const visit = (path: string, module: Module): void => {
      if (found.has(module)) return;
      found.set(module, path);
      for (const [name, child] of module.namedChildren()) visit(joined(path, name), child);
    };
    visit('', this);
    return [...found].map(([module, path]) => [path, module]);
  }

  /** This module and all below it, parents first, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** All parameters with their keys, a shared one once under its first key. */
  namedParameters(): [string, Parameter][] {
    return this.namedVariables().filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  /** All buffers (variables that are not parameters) with their keys, a shared one once. */
  namedBuffers(): [string, Variable][] {
    return this.namedVariables().filter(([, variable]) => !(variable instanceof Parameter));
  }

  /**
   * All parameters, a shared one once. A parameter without a name gets its key as `name`, under which optimisers keep
   * their state; so take them from the whole model.
   */
  parameters(): Parameter[] {
    return this.namedParameters().map(([key, parameter]) => {
      parameter.name ??= key;
      return parameter;
    });
  }

  /**
   * The module at a path such as 'features.4'; '' is this module.
   *
   * @throws ArgumentError when there is none, with the names that there are.
   */
  getSubmodule(path: string): Module {
    if (path === '') return this;
    // Names of children may have dots in them: 'layers.0' is an element of an array.
    const children = this.namedChildren();
    const found = children.find(([name]) => path === name || path.startsWith(`${name}.`));
    if (found) return found[1].getSubmodule(path.slice(found[0].length + 1));
    const names = children.map(([name]) => `'${name}'`).join(', ') || 'no modules';
    throw new ArgumentError(`getSubmodule: there is no module '${path}' in ${this.constructor.name}, which has ${names}.`);
  }

  /**
   * Calls `fn` with every module below this one and then with this one, each once, and returns this module; for example to give
   * all linear layers other initial values.
   *
   * @example
   * ```ts
   * import { init, Linear, ReLU, Sequential } from '@cotangent/layers';
   * const net = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 1)).apply((module) => {
   *   if (module instanceof Linear) init.initialise(module.weight, init.xavierUniform(module.weight.shape));
   * });
   * console.log(net.length); // 3
   * ```
   */
  apply(fn: (module: Module) => void): this {
    const done = new Set<Module>([this]);
    const visit = (module: Module): void => {
      for (const child of module.children()) {
        if (done.has(child)) continue;
        done.add(child);
        visit(child);
      }
      fn(module);
    };
    visit(this);
    return this;
  }

  // Hooks

  /**
   * Registers a function that is called before `forward` with the inputs, and may return an array to take their place. Hooks run in
   * the order in which they were registered.
   *
   * @returns a handle whose `remove()` takes the hook off.
   */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    return this.#hooked().forwardPre(hook);
  }

  /**
   * Registers a function that is called after `forward` with the inputs and the output, and may return something to take the
   * place of the output. Outputs are recorded, not computed: keep them and read them when the work is done. Under `compile` a
   * hook runs while the function is recorded.
   *
   * @returns a handle whose `remove()` takes the hook off.
   * @example
   * ```ts
   * import { Linear, ReLU, Sequential } from '@cotangent/layers';
   * import { ones } from '@cotangent/tensor';
   * const net = new Sequential(new Linear(2, 3), new ReLU());
   * const handle = net.at(0)!.registerForwardHook((module, inputs, output) => console.log(String(module), output));
   * net.forward(ones([1, 2])); // Linear(inFeatures=2, outFeatures=3, bias=true) and a tensor of shape [1, 3]
   * handle.remove();
   * ```
   */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return this.#hooked().forward(hook);
  }

  /**
   * Registers a function that is called when a backward pass has the gradients by the module's outputs, and may return an
   * array to take their place. Gradients are recorded like all values: nothing is computed until they are read.
   *
   * @returns a handle whose `remove()` takes the hook off.
   * @example
   * ```ts
   * import { backward } from '@cotangent/autodiff';
   * import { Linear, Sequential } from '@cotangent/layers';
   * import { keep, ones, type Tensor } from '@cotangent/tensor';
   * const net = new Sequential(new Linear(2, 3), new Linear(3, 1));
   * const seen: Tensor[] = [];
   * net.at(0)!.registerFullBackwardPreHook((module, [gradient]) => void seen.push(keep(gradient!)));
   * backward(net.forward(ones([1, 2])).sum());
   * console.log(seen[0]!.shape); // [1, 3]: the weight of the second layer
   * ```
   */
  registerFullBackwardPreHook(hook: FullBackwardPreHook): HookHandle {
    return this.#hooked().fullBackwardPre(hook);
  }

  /**
   * Registers a function that is called when a backward pass has the gradients by the module's inputs, with these and with
   * those by its outputs, and may return an array to take the place of the gradients by the inputs.
   *
   * @returns a handle whose `remove()` takes the hook off.
   */
  registerFullBackwardHook(hook: FullBackwardHook): HookHandle {
    return this.#hooked().fullBackward(hook);
  }

  #hooked(): Hooks {
    return (this.#hooks ??= new Hooks(this));
  }

  // Training

  /** Switches this module and all below it to training (or, with false, to evaluation) and returns it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below it to evaluation and returns it. */
  eval(): this {
    return this.train(false);
  }

  /** Whether any parameter is trained. Setting it switches all of them, as `freeze` and `unfreeze` do. */
  get requiresGrad(): boolean {
    return this.namedParameters().some(([, parameter]) => parameter.requiresGrad);
  }

  set requiresGrad(on: boolean) {
    for (const [, parameter] of this.namedParameters()) parameter.requiresGrad = on;
  }

  /** Stops the training of all parameters: they get no gradient and optimisers leave them alone. Returns the module. */
  freeze(): this {
    this.requiresGrad = false;
    return this;
  }

  /** Lets all parameters be trained again. Returns the module. */
  unfreeze(): this {
    this.requiresGrad = true;
    return this;
  }

  // State

  /**
   * The values of all parameters and buffers under PyTorch's keys. They are values of now: training on does not change
   * them. A shared parameter appears under each of its keys.
   *
   * @example
   * ```ts
   * import { BatchNorm2d } from '@cotangent/layers';
   * console.log(Object.keys(new BatchNorm2d(3).stateDict()));
   * // weight, bias, running_mean, running_var, num_batches_tracked
   * ```
   */
  stateDict(): Record<string, Tensor> {
    const values = new Map<Variable, Tensor>();
    const dict: Record<string, Tensor> = {};
    for (const [key, variable] of this.stateEntries()) {
      let value = values.get(variable);
      // A copy: the variable's own value is gone after the next step.
      if (!value) values.set(variable, (value = keep(variable.detach())));
      dict[key] = value;
    }
    return dict;
  }

  /**
   * Gives all parameters and buffers the values of a state dict.
   *
   * @param dict tensors with the keys, shapes and dtypes of `stateDict()`. Of a shared parameter one key is enough.
   * @param options strict: default true; false skips missing and unexpected keys, which the result then lists. Tensors of
   *   wrong shape or dtype are never accepted.
   * @throws StateError that lists everything that does not fit; nothing has been changed then.
   * @example
   * ```ts
   * import { Linear } from '@cotangent/layers';
   * const [a, b] = [new Linear(3, 2), new Linear(3, 2)];
   * b.loadStateDict(a.stateDict());
   * console.log(String(await a.weight.array()) === String(await b.weight.array())); // true
   * ```
   */
  loadStateDict(dict: Readonly<Record<string, Tensor>>, options: { readonly strict?: boolean } = {}): LoadReport {
    const { strict = true } = options;
    const own = new Map(this.stateEntries());
    const values = new Map<Variable, Tensor>();
    const problems: string[] = [];
    for (const [key, value] of Object.entries(dict)) {
      const variable = own.get(key);
      if (!variable) continue;
      const problem = misfit(key, variable, value);
      if (problem === undefined) values.set(variable, value);
      else problems.push(problem);
    }
    const given = new Set([...own].filter(([key]) => Object.hasOwn(dict, key)).map(([, variable]) => variable));
    const missing = [...own].filter(([, variable]) => !given.has(variable)).map(([key]) => key);
    const unexpected = Object.keys(dict).filter((key) => !own.has(key));
    if (strict) {
      for (const key of missing) problems.push(`missing: ${key} ${show(own.get(key)!.shape)}`);
      for (const key of unexpected) problems.push(`unexpected: ${key}${isTensor(dict[key]) ? ` ${show(dict[key].shape)}` : ''}`);
    }
    if (problems.length > 0) {
      const advice = strict && missing.length + unexpected.length > 0 ? '\n{ strict: false } skips missing and unexpected keys.' : '';
      throw new StateError(
        `loadStateDict: the state dict does not fit ${this.constructor.name}; nothing was changed.\n  ${problems.join('\n  ')}${advice}`,
      );
    }
    if (values.size > 0) assignAll(values);
    return { missing, unexpected };
  }

  // Printing

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    return this.print(new Set());
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private print(open: Set<Module>): string {
    const name = this.constructor.name;
    if (open.has(this)) return `${name}(...)`;
    open.add(this);
    const lines = this.namedChildren().map(([path, child]) => `  (${path}): ${child.print(open).replaceAll('\n', '\n  ')}\n`);
    open.delete(this);
    const extra = this.extraRepr();
    if (lines.length === 0) return `${name}(${extra})`;
    return `${name}(\n${extra === '' ? '' : `  ${extra}\n`}${lines.join('')})`;
  }

  // Searching

  /** Variables and modules in the fields, in the order of their declaration. */
  private members(): [string, Variable | Module][] {
    const found: [string, Variable | Module][] = [];
    for (const [name, value] of this.fields()) collect(name, value, found, new Set());
    return found;
  }

  /** Every variable once: a module's own first, then those of its children. */
  private namedVariables(): [string, Variable][] {
    const found = new Map<Variable, string>();
    for (const [path, module] of this.namedModules()) {
      module.checkBuilt(path);
      for (const [name, member] of module.members()) {
        if (member instanceof Variable && !found.has(member)) found.set(member, joined(path, name));
      }
    }
    return [...found].map(([variable, key]) => [key, variable]);
  }

  /** Every key of every variable, also the second ones of shared modules and parameters. */
  private stateEntries(): [string, Variable][] {
    const entries: [string, Variable][] = [];
    const open = new Set<Module>(); // a module inside itself is not entered again
    const visit = (path: string, module: Module): void => {
      if (open.has(module)) return;
      open.add(module);
      module.checkBuilt(path);
      const members = module.members();
      for (const [name, member] of members) if (member instanceof Variable) entries.push([joined(path, name), member]);
      for (const [name, member] of members) if (member instanceof Module) visit(joined(path, name), member);
      open.delete(module);
    };
    visit('', this);
    return entries;
  }
}

/** Appends the variables and modules in `value` to `found`, looking into arrays and plain objects. */
function collect(path: string, value: unknown, found: [string, Variable | Module][], open: Set<object>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isModule(value) || (isTensor(value) && value instanceof Variable)) {
    found.push([path, value]);
  } else if ((Array.isArray(value) || isPlain(value)) && !open.has(value)) {
    open.add(value);
    for (const [key, item] of Object.entries(value)) collect(joined(path, key), item, found, open);
    open.delete(value);
  }
}

function isModule(value: object): value is Module {
  if (value instanceof Module) return true;
  if (BRAND in value) {
    throw new BackendError(
      'This module was made by another copy of @cotangent/layers. Two copies or versions are installed; ' +
        "make them one (npm ls @cotangent/layers, then npm dedupe, or your bundler's resolve.dedupe).",
    );
  }
  return false;
}

/** Throws ArgumentError unless `value` is a module. */
export function checkModule(where: string, value: unknown): asserts value is Module {
  if (typeof value !== 'object' || value === null || !isModule(value)) {
    throw new ArgumentError(`${where} is ${describe(value)}; expected a module such as new Linear(4, 2).`);
  }
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function misfit(key: string, variable: Variable, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !isTensor(value)) return `no tensor: ${key} is ${describe(value)}`;
  if (!sameShape(value.shape, variable.shape)) return `wrong shape: ${key} is ${show(value.shape)}, expected ${show(variable.shape)}`;
  if (value.dtype !== variable.dtype) {
    return `wrong dtype: ${key} is ${value.dtype}, expected ${variable.dtype}; .cast('${variable.dtype}') converts it`;
  }
  return undefined;
}
