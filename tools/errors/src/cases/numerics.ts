import { numericsCheck, tensor } from '@cotangent/tensor';
import type { Section } from '../section';

// Messages name the line of the case: other cases do not belong in this file.
export const numerics: readonly Section[] = [
  {
    title: 'Numbers, under numericsCheck',
    cases: [
      () => numericsCheck(() => tensor([1, -1.5]).log().sum().dataSync()),
      () => numericsCheck(() => tensor([0.5, 0]).div(tensor([2, 0])).dataSync()),
      () => numericsCheck(() => tensor([1, 100]).exp().dataSync(), { infinity: true }),
      () => numericsCheck(() => tensor([1, NaN]).mul(2).dataSync()),
    ],
  },
];
