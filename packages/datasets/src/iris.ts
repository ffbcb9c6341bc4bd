import { IRIS } from './iris.data';
import { parseTable, type LabelledData } from './labelled';

/**
 * Fisher's irises: four lengths in centimetres of 150 flowers, 50 of each of three species.
 *
 * `shape` is `[150, 4]`, sorted by species. The numbers are those of Fisher's paper; the copy in the UCI repository
 * differs from it in two flowers (rows 34 and 37). Every call returns fresh arrays.
 *
 * Source: R. A. Fisher: "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7 (1936).
 *
 * @example
 * ```ts
 * import { iris } from '@cotangent/datasets';
 * const { data, shape, target, targetNames } = iris();
 * console.log(shape, data.subarray(0, 4), targetNames[target[0]!]); // [150, 4], 5.1 3.5 1.4 0.2, 'setosa'
 * ```
 */
export function iris(): LabelledData<Float32Array> {
  return {
    ...parseTable(IRIS, 4),
    targetNames: ['setosa', 'versicolor', 'virginica'],
    featureNames: ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'],
    description: 'Four measurements of 150 irises of three species. One species is linearly separable from the other two.',
    source:
      'R. A. Fisher: The use of multiple measurements in taxonomic problems. Annals of Eugenics 7, 179-188 (1936). ' +
      'UCI Machine Learning Repository, https://doi.org/10.24432/C56C76',
    licence: 'CC BY 4.0, https://creativecommons.org/licenses/by/4.0/',
  };
}
