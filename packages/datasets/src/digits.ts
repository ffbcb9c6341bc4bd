import { DIGITS } from './digits.data';
import type { LabelledData } from './labelled';

/**
 * 1,797 handwritten digits as 8x8 images.
 *
 * `data` is a Uint8Array of whole numbers from 0 (paper) to 16 (ink), `shape` is `[1797, 8, 8]`. Each number counts the
 * ink in a 4x4 block of a 32x32 bitmap. They were written by 13 people who are not in the other, larger part of the
 * original collection. Classes have 174 to 183 samples each. Every call returns fresh arrays.
 *
 * Source: E. Alpaydin, C. Kaynak: "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998
 * (CC BY 4.0).
 *
 * @example
 * ```ts
 * import { digits } from '@cotangent/datasets';
 * const { data, shape, target } = digits();
 * console.log(shape, target[0], data.subarray(0, 8)); // [1797, 8, 8], 0, the first row of a zero
 * ```
 */
export function digits(): LabelledData<Uint8Array> {
  const lines = DIGITS.trim().split('\n');
  const data = new Uint8Array(lines.length * 64);
  const target = new Int32Array(lines.length);
  lines.forEach((line, i) => {
    target[i] = Number(line[0]);
    let at = i * 64;
    for (let c = 1; c < line.length; c++) {
      const code = line.charCodeAt(c);
      // A small letter is one pixel, a = 0 to q = 16; a capital is a run of zeros, A = 2 to Z = 27.
      if (code >= 97) data[at++] = code - 97;
      else at += code - 63;
    }
  });
  return {
    data,
    shape: [lines.length, 8, 8],
    target,
    targetNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    description: '1,797 handwritten digits, 8x8 pixels of 0 to 16, ten classes. The test part (optdigits.tes) of the original collection.',
    source:
      'E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, 1998. ' +
      'https://doi.org/10.24432/C50P49',
    licence: 'CC BY 4.0, https://creativecommons.org/licenses/by/4.0/',
  };
}
