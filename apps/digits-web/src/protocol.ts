/** What the page and its worker say to each other. Everything that computes lives in the worker, so that the page never waits. */

export type BackendName = 'wasm' | 'wasm-threads' | 'webgpu';

/** Where the images come from: the digits that ship with the package (8 x 8), or MNIST files that the server was given (28 x 28). */
export type Source = 'built-in' | 'mnist';

export type Request =
  /** Loads data, network and backend. The first message, and the only one of its kind. */
  | { readonly kind: 'start'; readonly source: Source; readonly backend: BackendName }
  | { readonly kind: 'train' }
  | { readonly kind: 'pause' }
  /** A network with new initial weights. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'switch'; readonly backend: BackendName }
  /** Asks for the probabilities of one image, rows of numbers from 0 (paper) to 1 (ink). Answered by `answer`, always. */
  | { readonly kind: 'read'; readonly image: Float32Array }
  | { readonly kind: 'save' }
  | { readonly kind: 'load'; readonly name: string; readonly bytes: Uint8Array };

/** How a backend does, as it says itself. */
export interface Figures {
  readonly backend: BackendName;
  /** Median of the last steps; undefined before the first. */
  readonly stepMs: number | undefined;
  /** Memory that the backend holds. */
  readonly bytes: number;
  /** Who computes, in words: threads, or the adapter. */
  readonly who: string;
}

export type Report =
  | { readonly kind: 'ready'; readonly description: string; readonly parameters: number; readonly figures: Figures }
  | { readonly kind: 'training'; readonly on: boolean }
  | { readonly kind: 'losses'; readonly epoch: number; readonly losses: readonly number[]; readonly figures: Figures }
  /** Share of the test images that are read correctly, after so many steps. */
  | { readonly kind: 'accuracy'; readonly step: number; readonly accuracy: number }
  /** The network is another one: curves start again. */
  | { readonly kind: 'renewed' }
  | { readonly kind: 'switched'; readonly figures: Figures }
  | { readonly kind: 'answer'; readonly probabilities: readonly number[] }
  | { readonly kind: 'saved'; readonly bytes: Uint8Array }
  | { readonly kind: 'loaded'; readonly name: string; readonly accuracy: number }
  /** Something a person asked for did not work; `during` is what was asked. */
  | { readonly kind: 'failed'; readonly during: Request['kind']; readonly message: string };
