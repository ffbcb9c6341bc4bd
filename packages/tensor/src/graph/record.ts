/** Recording: every op call appends a node; shape and dtype errors are thrown here, at the call. */
import type { Storage } from '../backend';
import { bytesOf, isFloat, type DType } from '../dtype';
import { flushPending } from '../runtime/flush';
import { state } from '../runtime/state';
import { sizeOf, type Shape } from '../shape';
import { Node } from './node';
import type { OpAttrs, OpName } from './ops';
import { OP_TABLE } from './op-table';

/** A flush is forced at this many pending nodes or bytes of pending data, so that no loop grows without bound. */
const MAX_PENDING_NODES = 5000;
const MAX_PENDING_BYTES = 64 * 2 ** 20;

/** Appends a node for `op` applied to `inputs`. */
export function record<K extends OpName>(op: K, inputs: readonly Node[], attrs: OpAttrs[K]): Node {
  const row = OP_TABLE[op];
  const shape = row.shape(inputs, attrs);
  const dtype = row.dtype(inputs, attrs);
  let requiresGrad = false;
  if (state.gradients && row.differentiable && isFloat(dtype)) {
    for (const input of inputs) if (input.requiresGrad) requiresGrad = true;
  }
  for (const input of inputs) input.consumers++;
  const node: Node = new Node(state.nextId++, op, inputs, attrs, shape, dtype, requiresGrad);
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
  const node = new Node(state.nextId++, 'buffer', [], {}, shape, storage.dtype, requiresGrad);
  node.storage = storage;
  return node;
}
