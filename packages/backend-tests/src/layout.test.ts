import { cpu } from '@cotangent/backend-cpu';
import { use, type Shape } from '@cotangent/tensor';
import { expect, it } from 'vitest';
import { LAYOUTS, place } from './layout';

for (const layout of LAYOUTS) {
  it(`the ${layout} layout holds the same elements in every shape`, async () => {
    await use(cpu());
    for (const shape of [[], [1], [5], [0], [2, 3], [2, 0], [2, 1, 3], [1, 2, 1, 2, 1, 2, 1, 2]] as Shape[]) {
      const elements = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1);
      for (const dtype of ['float32', 'float16', 'int32', 'uint8'] as const) {
        const x = place(elements, shape, dtype, layout);
        expect([x.shape, [...(await x.data())]], `${dtype} [${shape.join()}]`).toEqual([shape, elements]);
      }
    }
  });
}
