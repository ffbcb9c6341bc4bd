/** What is compared: a task says what to compute and from what, in words that every library's adapter understands. */

/** Elements that are made the same way everywhere: uniform in [offset - scale, offset + scale), or classes below `classes`. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly seed: number;
  /** Default 1. */
  readonly scale?: number;
  /** Default 0. */
  readonly offset?: number;
  /** Makes int32 classes in [0, classes) instead. */
  readonly classes?: number;
}

/**
 * What is computed. Shapes are PyTorch's: images [batch, channels, height, width], filters [out, in, height, width]. Weights of
 * linear maps are [in, out]. In brackets the names of the results.
 */
export type Kind =
  /** The product of a and b, `transposeA` or `transposeB` of their last two axes [y]. */
  | 'matmul'
  /** Convolution of x with w [y]. */
  | 'convolution'
  /** The same, and the gradients by x and w for an incoming gradient dy [y, dx, dw]. */
  | 'convolution-gradients'
  /** gelu(1.5 x + 0.25) 0.75, with the tanh form of gelu [y]. */
  | 'chain'
  /** The sum over `axis` [y]. */
  | 'sum'
  /** Softmax of the last axis [y]. */
  | 'softmax'
  /** Layer normalisation of the last axis with scale g and shift b [y]. */
  | 'layer-norm'
  /** A step of Adam on a perceptron with relu: x, classes y, weights w0..w2, biases b0..b2 [loss]. */
  | 'mlp-step'
  /** The same on LeNet: filters k1, k2 with biases c1, c2, linear layers f1..f3 with biases g1..g3 [loss]. */
  | 'lenet-step'
  /** The same on an LSTM with logits at every step: wx, wh, b (gates in the order i, f, g, o), head wo, bo [loss]. */
  | 'lstm-step'
  /** The update of Adam: parameters x, gradient g; the parameters after it [y]. */
  | 'adam'
  /** A transformer block that normalises first, with `heads` heads: l1g..b2 [y]. */
  | 'block'
  /** The same, and the gradients by x and all weights for an incoming gradient dy [y, dx, dwqkv, dw1, dl1g]. */
  | 'block-gradients'
  /** A step of Adam on the block, whose outputs are logits of the classes y [loss]. */
  | 'block-step'
  /** `count` dependent additions of one to x, each an op of its own [y]. */
  | 'adds';

export interface Task {
  readonly id: string;
  readonly kind: Kind;
  readonly settings: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Work of one run; divided by the seconds of a run it is the rate in `unit`. */
  readonly work: number;
  readonly unit: string;
  /** Floating-point operations that a run cannot do without. */
  readonly flops: number;
  /** Bytes that have to be read or written at least. */
  readonly bytes: number;
  /** Largest error that is accepted, relative to the largest element. */
  readonly tolerance: number;
}

/** Elements of an input or a result. */
export interface Elements {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

export type Inputs = Readonly<Record<string, Elements>>;

/** A task made ready by an adapter. */
export interface Runner {
  /** Does the work once; when it returns, or its promise resolves, the results exist. */
  readonly run: () => void | Promise<void>;
  /** Has the work done once without waiting for it, where a library computes apart from JavaScript; `run` waits for it too. */
  readonly queue?: () => void;
  /** A training step, whose loss is still to be read. */
  readonly step?: () => { item(): Promise<number> };
  /** Does the work once and reads the results, in the shapes that `Kind` gives. */
  readonly outputs: () => Promise<Readonly<Record<string, ArrayLike<number>>>>;
  readonly dispose?: () => void;
}

/** A library that tasks are run on. */
export interface Adapter {
  readonly version: string;
  readonly threads: number;
  /** A string says why the library cannot do this task. */
  readonly build: (task: Task, inputs: Inputs) => Promise<Runner | string>;
}
