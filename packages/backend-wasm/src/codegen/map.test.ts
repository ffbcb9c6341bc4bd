import type { Instruction } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { PlanMaker, noise, rowMajor } from '../testing';

const backend = wasm();

test('adds two arrays of every small length', () => {
  for (let n = 0; n <= 21; n++) {
    const m = new PlanMaker();
    const [x, y] = [noise(n, 1), noise(n, 2)];
    const inputs = [m.input('float32', x), m.input('float32', y)];
    const slot = m.output('float32', n);
    const body: Instruction[] = [
      { op: 'load', input: 0, dtype: 'float32' },
      { op: 'load', input: 1, dtype: 'float32' },
      { op: 'add', args: [0, 1], dtype: 'float32' },
    ];
    m.kernels.push({ kind: 'map', shape: [n], inputs, constants: [], body, outputs: [{ slot, dtype: 'float32', value: 2 }] });
    expect(m.run(backend)[0]).toEqual(x.map((v, i) => v + y[i]!));
  }
});
