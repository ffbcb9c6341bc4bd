/**
 * One import for what a page needs to train: the packages as they are, nothing added. Data loading, the training loop, files and
 * the cpu backend are not in it.
 */
export * from '@cotangent/autodiff';
export * from '@cotangent/backend-wasm';
export * from '@cotangent/backend-webgpu';
export * from '@cotangent/layers';
export * from '@cotangent/optimizers';
export * from '@cotangent/tensor';
