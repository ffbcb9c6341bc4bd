import { parseTable, type LabelledData } from './labelled';
import { WINE } from './wine.data';

/**
 * Chemical analysis of 178 Italian wines made from three grape varieties.
 *
 * `shape` is `[178, 13]`, sorted by class. The columns have very different scales (proline goes up to 1,680, hue to
 * 1.71), so scale them before training a network. Every call returns fresh arrays.
 *
 * Source: S. Aeberhard, M. Forina: "Wine", UCI Machine Learning Repository, 1991 (CC BY 4.0).
 *
 * @example
 * ```ts
 * import { wine } from '@cotangent/datasets';
 * const { shape, featureNames, target } = wine();
 * console.log(shape, featureNames?.[12], target[177]); // [178, 13], 'proline', 2
 * ```
 */
export function wine(): LabelledData<Float32Array> {
  return {
    ...parseTable(WINE, 13),
    targetNames: ['class_0', 'class_1', 'class_2'],
    featureNames: [
      'alcohol',
      'malic acid',
      'ash',
      'alcalinity of ash',
      'magnesium',
      'total phenols',
      'flavanoids',
      'nonflavanoid phenols',
      'proanthocyanins',
      'color intensity',
      'hue',
      'od280/od315 of diluted wines',
      'proline',
    ],
    description: 'Thirteen chemical measurements of 178 wines from one region of Italy, three grape varieties (59, 71 and 48 wines).',
    source: 'S. Aeberhard, M. Forina: Wine. UCI Machine Learning Repository, 1991. https://doi.org/10.24432/C5PC7J',
    licence: 'CC BY 4.0, https://creativecommons.org/licenses/by/4.0/',
  };
}
