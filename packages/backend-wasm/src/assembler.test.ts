import { expect, test } from 'vitest';
import { F64, I32, ModuleBuilder } from './assembler';
import { Bytes } from './bytes';

function instantiate(module: ModuleBuilder, imports: Record<string, CallableFunction> = {}): Record<string, (...args: number[]) => number> {
  const bytes = module.encode();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory }, math: imports });
  return instance.exports as never;
}

test('integer constants of every length survive their encoding', () => {
  const values = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 20, -(2 ** 20) - 1, 2 ** 31 - 1, -(2 ** 31)];
  const module = new ModuleBuilder();
  values.forEach((value, i) => module.export(`f${i}`, module.function('constant', [], [I32], (f) => void f.i32(value))));
  const exports = instantiate(module);
  expect(values.map((_, i) => exports[`f${i}`]!())).toEqual(values);
});

test('unsigned numbers up to 2^32 - 1 are written in the fewest bytes', () => {
  for (const [value, length] of [[0, 1], [127, 1], [128, 2], [16383, 2], [16384, 3], [4294967295, 5]] as const) {
    const bytes = new Bytes();
    bytes.uleb(value);
    expect(bytes.length).toBe(length);
    expect(bytes.view().reduce((sum, byte, i) => sum + (byte & 127) * 2 ** (7 * i), 0)).toBe(value);
  }
});

test('blocks, loops, ifs and branches nest', () => {
  const module = new ModuleBuilder();
  // The sum of 1..n that are odd, stopping at 100.
  const index = module.function('oddSum', [I32], [I32], (f, n) => {
    const [i, sum] = f.locals(I32, 2);
    f.block((done) => {
      f.loop((again) => {
        f.get(i).i32(1).op('i32Add').tee(i).get(n).op('i32GtS').brIf(done);
        f.get(sum).i32(100).op('i32GeS').brIf(done);
        f.get(i).i32(1).op('i32And').if(
          () => void f.get(sum, i).op('i32Add').set(sum),
          () => f.br(again),
        );
        f.br(again);
      });
    });
    f.get(sum);
  });
  module.export('oddSum', index);
  const { oddSum } = instantiate(module);
  expect([0, 1, 5, 6, 1000].map((n) => oddSum!(n))).toEqual([0, 1, 9, 9, 100]);
});

test('counted loops run zero times when the count is zero', () => {
  const module = new ModuleBuilder();
  const index = module.function('count', [I32, I32], [I32], (f, times, limit) => {
    const [n, i] = f.locals(I32, 2);
    f.times(times, () => f.add(n, 1));
    f.for(i, limit, 3, () => f.add(n, 100));
    f.get(n);
  });
  module.export('count', index);
  const { count } = instantiate(module);
  expect(count!(0, 0)).toBe(0);
  expect(count!(3, 7)).toBe(303);
});

test('imported functions come first in the index space and can be called', () => {
  const module = new ModuleBuilder();
  const twice = module.import('math', 'twice', [F64], [F64]);
  module.export('run', module.function('run', [], [F64], (f) => void f.f64(21).call(twice)));
  expect(instantiate(module, { twice: (x: number) => 2 * x })['run']!()).toBe(42);
  expect(() => module.import('math', 'late', [], [])).toThrow('before functions');
});

test('function names reach stack traces', () => {
  const module = new ModuleBuilder();
  module.export('run', module.function('a trap of ours', [], [], (f) => void f.op('unreachable')));
  const { run } = instantiate(module);
  let stack = '';
  try {
    run!();
  } catch (error) {
    stack = (error as Error).stack ?? '';
  }
  expect(stack).toContain('a trap of ours');
});

test('locals given back are used again', () => {
  const module = new ModuleBuilder();
  module.function('locals', [I32], [], (f, parameter) => {
    const first = f.temp(I32);
    expect(first).toBe(parameter + 1);
    f.release(I32, first);
    expect(f.temp(I32)).toBe(first);
    expect(f.temp(I32)).not.toBe(first);
  });
  instantiate(module);
});
