import { describe, expect, it } from 'vitest';
import { Trace, userPlace } from './trace';

const INSTALLED = 'file:///app/node_modules/@cotangent/tensor/dist/index.js';
const REPOSITORY = 'file:///repo/packages/tensor/src/debug/trace.ts';

describe('the place of a call', () => {
  it('is the first line that is not the library in V8', () => {
    const stack = `Error: recorded here
    at record (file:///app/node_modules/@cotangent/tensor/dist/index.js:100:5)
    at Tensor.log (file:///app/node_modules/@cotangent/tensor/dist/index.js:200:12)
    at Linear.forward (file:///app/node_modules/@cotangent/layers/dist/index.js:3:1)
    at Model.forward (file:///app/src/model (new).ts:12:20)
    at file:///app/src/train.ts:5:3`;
    expect(userPlace(stack, INSTALLED)).toBe('/app/src/model (new).ts:12:20');
  });

  it('is found in frames without a name and in asynchronous ones', () => {
    const own = '    at record (file:///app/node_modules/@cotangent/tensor/dist/index.js:100:5)\n    at new Promise (<anonymous>)\n';
    expect(userPlace(`Error\n${own}    at file:///app/train.ts:5:3`, INSTALLED)).toBe('/app/train.ts:5:3');
    expect(userPlace(`Error\n${own}    at async file:///app/train.ts:6:3`, INSTALLED)).toBe('/app/train.ts:6:3');
    expect(userPlace(`Error\n${own}    at async main (file:///app/train.ts:7:3)`, INSTALLED)).toBe('/app/train.ts:7:3');
    expect(userPlace(`Error\n${own}    at process.x (node:internal/timers:1:2)`, INSTALLED)).toBeUndefined();
  });

  it('is found in Firefox and Safari', () => {
    const stack = `record@http://localhost:5173/node_modules/.vite/deps/@cotangent_tensor.js:100:5
forward@http://localhost:5173/src/model.ts:12:20
@http://localhost:5173/src/main.ts:1:1`;
    expect(userPlace(stack, 'http://localhost:5173/node_modules/.vite/deps/@cotangent_tensor.js')).toBe('http://localhost:5173/src/model.ts:12:20');
  });

  it('is found on Windows', () => {
    const stack = `Error: recorded here
    at record (file:///C:/app/node_modules/@cotangent/tensor/dist/index.js:100:5)
    at main (file:///C:/app/train.ts:5:3)`;
    expect(userPlace(stack, 'file:///C:/app/node_modules/@cotangent/tensor/dist/index.js')).toBe('C:/app/train.ts:5:3');
  });

  it('counts tests and apps of the repository as users, and sources of packages not', () => {
    const stack = (file: string): string => `Error
    at record (/repo/packages/tensor/src/graph/record.ts:10:2)
    at forward (/repo/packages/layers/src/linear.ts:20:3)
    at ${file}
    at last (/elsewhere/last.ts:1:1)`;
    const users = ['/repo/packages/tensor/src/x.test.ts:3:4', '/repo/apps/digits/src/main.ts:3:4', '/other/packages/mine/src/a.ts:3:4'];
    for (const file of users) {
      expect(userPlace(stack(file), REPOSITORY)).toBe(file);
    }
    expect(userPlace(stack('/repo/packages/train/src/fit.ts:3:4'), REPOSITORY)).toBe('/elsewhere/last.ts:1:1');
  });

  it('is the first line where everything is one bundle', () => {
    expect(userPlace('Error\n    at a (file:///app/bundle.js:1:2)\n    at b (file:///app/bundle.js:3:4)', 'file:///app/bundle.js')).toBe('/app/bundle.js:1:2');
  });

  it('is here', () => {
    const limit = Error.stackTraceLimit;
    expect(new Trace().place).toMatch(/trace\.test\.ts:\d+:\d+$/);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
