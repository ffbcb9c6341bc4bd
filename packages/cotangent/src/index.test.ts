import * as autodiff from '@cotangent/autodiff';
import * as backendWasm from '@cotangent/backend-wasm';
import * as backendWebgpu from '@cotangent/backend-webgpu';
import * as layers from '@cotangent/layers';
import * as optimizers from '@cotangent/optimizers';
import * as tensor from '@cotangent/tensor';
import { expect, test } from 'vitest';
import * as all from './index';

// A name that two packages give to different things would silently be left out by `export *`.
test.each(Object.entries({ autodiff, backendWasm, backendWebgpu, layers, optimizers, tensor }))(
  'every export of %s is there under its own name and is the same thing',
  (_, part) => {
    const different = Object.entries(part).filter(([name, value]) => (all as Record<string, unknown>)[name] !== value);
    expect(different.map(([name]) => name)).toEqual([]);
  },
);
