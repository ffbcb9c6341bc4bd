/** Recording: every op call appends a node; shape and dtype errors are thrown here, at the call. */
import type { Storage } from '../backend';
import { bytesOf, isFloat, type DType } from '../dtype';
import { flushPending } from '../runtime/flush';
import { state } from '../runtime/state';
import { sizeOf, type Shape } from '../shape';
import { NO_ATTRS, Node, type VariableCell } from './node';
import type { OpAttrs, OpName } from './ops';
import type { OpRow } from './op-row';
import { COMMON_ROWS } from './op-table';

/** A flush is forced at this many pending nodes or bytes of pending data, so that no loop grows without bound. */
const MAX_PENDING_NODES = 5000;
const MAX_PENDING_BYTES = 64 * 2 ** 20;

/** Appends a node for `op` applied to `inputs`; a rare op needs its row, which `OP_TABLE` has too. */
export function record<K extends OpName>(op: K, inputs: readonly Node[], attrs: OpAttrs[K], rare?: OpRow<K>): Node {
  const row: OpRow<K> = rare ?? (COMMON_ROWS as { [P in OpName]: OpRow<P> })[op];
  const shape = row.shape(inputs, attrs);
  const dtype = row.dtype(inputs, attrs);
  let requiresGrad = false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    input.consumers++;
    if (input.requiresGrad) requiresGrad = true;
  }
  requiresGrad &&= state.gradients && row.differentiable && isFloat(dtype);
  const node: Node = new Node(state.nextId++, op, inputs, attrs, shape, dtype, requiresGrad);
  if (rare) node.row = rare;
  if (state.watch) state.watch.recorded(node);
  if (state.pending.push(node) >= MAX_PENDING_NODES) flushPending();
  return node;
}

/** A literal number as a scalar node. */
export function constantNode(value: number, dtype: DType): Node {
  return new Node(state.nextId++, 'constant', [], { value }, [], dtype, false);
}

/** A node for elements that exist already. */
export function bufferNode(storage: Storage, shape: Shape, requiresGrad = false): Node {
  if (storage.backend === undefined) {
    state.pendingBytes += sizeOf(shape) * bytesOf(storage.dtype);
    if (state.pendingBytes >= MAX_PENDING_BYTES && state.pending.length > 0) flushPending();
  }
  const node = new Node(state.nextId++, 'buffer', [], NO_ATTRS, shape, storage.dtype, requiresGrad);
  node.storage = storage;
  if (state.watch) state.watch.recorded(node);
  return node;
}

/** An identity on a recorded value: the place where gradients stop and a variable begins. */
export function valueNode(value: Node, variable: VariableCell, requiresGrad: boolean): Node {
  const node = new Node(state.nextId++, 'stopGradient', [value], NO_ATTRS, value.shape, value.dtype, requiresGrad);
  node.variable = variable;
  value.consumers++;
  return node;
}
