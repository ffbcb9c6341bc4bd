import { cpu } from '@cotangent/backend-cpu';
import { tensor, use } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  calibrationChart, calibrationCurve, confusionChart, confusionMatrix, learningCurveChart, precisionRecallChart, precisionRecallCurve,
  rocChart, rocCurve,
} from '../index';
import { expectXml, linesOf, textsOf } from '../testing/svg';
import { roundTicks } from './plot';

beforeAll(async () => {
  await use(cpu());
});

const scores = [0.1, 0.4, 0.35, 0.8];
const truth = [0, 0, 1, 1];

/** Where the axes of a chart of rates end: the corners of its frame. */
function frameOf(svg: string): { left: number; top: number; right: number; bottom: number } {
  const corners = /<path d="M([\d.]+) ([\d.]+)V([\d.]+)H([\d.]+)"/.exec(svg)!.slice(1).map(Number);
  const [left, top, bottom, right] = corners as [number, number, number, number];
  return { left, top, right, bottom };
}

/** The corners of a line as numbers of the axes, which go from 0 to 1. */
function values(svg: string, line: number): number[][] {
  const { left, top, right, bottom } = frameOf(svg);
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return linesOf(svg)[line]!.map(([x, y]) => [rounded((x - left) / (right - left)), rounded((bottom - y) / (bottom - top))]);
}

describe('curves of rates', () => {
  test('a ROC chart draws the points of the curve, the diagonal, and says the area [R40]', async () => {
    const svg = rocChart(await rocCurve(scores, truth));
    expectXml(svg);
    expect(values(svg, 0)).toEqual([[0, 0], [1, 1]]);
    expect(values(svg, 1)).toEqual([[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]);
    const texts = ['ROC curve', 'false positive rate', 'true positive rate', 'chance', 'AUC 0.750', '0.2', '1'];
    expect(textsOf(svg)).toEqual(expect.arrayContaining(texts));
  });

  test('a precision-recall chart draws steps whose area is the average precision [R40]', async () => {
    const svg = precisionRecallChart(await precisionRecallCurve(scores, truth), { title: 'Spam' });
    expectXml(svg);
    expect(values(svg, 0)).toEqual([[1, 0.5], [1, 0.67], [0.5, 0.67], [0.5, 0.5], [0.5, 1], [0, 1]]);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Spam', 'recall', 'precision', 'AP 0.833']));
  });

  test('a calibration chart has a dot for each bin, its area by the samples [R40]', async () => {
    const svg = calibrationChart(await calibrationCurve([0.1, 0.2, 0.15, 0.15, 0.9], [0, 0, 1, 0, 1], { bins: 2 }));
    expectXml(svg);
    expect(values(svg, 1)).toEqual([[0.15, 0.25], [0.9, 1]]);
    expect([...svg.matchAll(/ r="([\d.]+)"/g)].map((match) => Number(match[1]))).toEqual([9, 4.5]);
    expect(svg).toContain('<title>predicted 0.150, true 0.250, 4 samples</title>');
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['perfect', 'model']));
  });

  test('several curves have names and colours, and undefined ones are said to be so [R40]', async () => {
    const svg = rocChart({ 'a<b>&"c"': await rocCurve(scores, truth), none: await rocCurve(scores, [0, 0, 0, 0]) });
    expectXml(svg);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a&lt;b&gt;&amp;&quot;c&quot;: AUC 0.750', 'none: AUC undefined']));
    expect(linesOf(svg)).toHaveLength(2);
  });

  test('refuse what is no curve', async () => {
    expect(() => rocChart({})).toThrow('rocChart: there are no curves; expected at least one.');
    expect(() => rocChart(3 as never)).toThrow('rocChart: got the number 3; expected what rocCurve gives.');
    const other = await precisionRecallCurve(scores, truth);
    expect(() => rocChart({ pr: other as never })).toThrow(
      "curve 'pr' has no falsePositiveRate and no truePositiveRate; expected lists of one length",
    );
    expect(() => precisionRecallChart({ ...other, recall: [1] })).toThrow(
      'the curve has 1 recall and 5 precision; expected lists of one length',
    );
  });
});

describe('a confusion chart', () => {
  test('has a cell for each pair of classes, shaded by its share of the row [R40]', async () => {
    const input = tensor([0, 0, 0, 1, 1, 1, 0, 0], { dtype: 'int32' });
    const target = tensor([0, 0, 0, 0, 1, 1, 1, 1], { dtype: 'int32' });
    const svg = confusionChart(await confusionMatrix(input, target, { classes: 2 }).array(), ['cat', 'dog']);
    expectXml(svg);
    expect([...svg.matchAll(/<g><title>(.*?)<\/title>/g)].map((match) => match[1])).toEqual([
      'true cat, predicted cat: 3 (75 %)', 'true cat, predicted dog: 1 (25 %)',
      'true dog, predicted cat: 2 (50 %)', 'true dog, predicted dog: 2 (50 %)',
    ]);
    const texts = ['Confusion matrix', 'true class', 'predicted class', '3', 'cat', 'share of the row', '100 %'];
    expect(textsOf(svg)).toEqual(expect.arrayContaining(texts));
    const fills = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)" width="64" height="64" fill="(#[\da-f]+)"/g)];
    expect(fills).toHaveLength(4);
    expect(fills[2]![2]).toBe(fills[3]![2]); // equal shares
    expect(Number(fills[2]![1]) - Number(fills[0]![1])).toBe(64); // the second true class is the second row
    expect(parseInt(fills[0]![2]!.slice(1), 16)).toBeLessThan(parseInt(fills[1]![2]!.slice(1), 16)); // more is darker
  });

  test('takes shares, empty rows, numbers for names, and many classes [R40]', () => {
    const svg = confusionChart([[0.75, 0.25], [0, 0]]);
    expectXml(svg);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['0.75', '0', '1']));
    const names = Array.from({ length: 60 }, (_, i) => `<${i}>`);
    const many = confusionChart(names.map(() => new Int32Array(60).fill(12345)), names);
    expectXml(many);
    expect(textsOf(many)).not.toContain('12345'); // no room
    expect(many).toContain('true &lt;3&gt;, predicted &lt;4&gt;: 12345 (2 %)');
  });

  test('refuses what is no confusion matrix', () => {
    expect(() => confusionChart([[1, 2]])).toThrow('expected as many rows as columns');
    expect(() => confusionChart(3)).toThrow('confusionChart: the matrix is the number 3; expected as many rows as columns');
    expect(() => confusionChart(tensor([[1]]) as never)).toThrow('Of a tensor give await matrix.array().');
    expect(() => confusionChart([[-1]])).toThrow('the matrix has an element -1; expected numbers of at least 0.');
    expect(() => confusionChart([[1]], ['a', 'b'])).toThrow('confusionChart: there are 2 labels for 1 classes; give one for each.');
  });
});

describe('a learning curve chart', () => {
  const points = [200, 100].map((size) => ({
    size, mean: { train: 1, validation: size / 400 + 0.25 }, deviation: { train: 0, validation: 0.05 },
  }));

  test('draws figures over the size of the training data, with bands of a deviation [R40]', () => {
    const svg = learningCurveChart(points, { yLabel: 'accuracy' });
    expectXml(svg);
    const texts = ['Learning curve', 'training samples', 'accuracy', 'train', 'validation', '100', '200'];
    expect(textsOf(svg)).toEqual(expect.arrayContaining(texts));
    const [train, validation] = linesOf(svg) as [[number, number][], [number, number][]];
    const { left, right, top, bottom } = frameOf(svg);
    expect(train.map(([x]) => x)).toEqual([left, right]); // sorted, 100 to 200
    expect(validation[0]![1]).toBeGreaterThan(validation[1]![1]); // higher is further up
    for (const [, y] of [...train, ...validation]) expect(y >= top && y <= bottom).toBe(true);
    expect(svg).toContain('<title>validation: 0.5 ± 0.05 at 100</title>');
    expect([...svg.matchAll(/fill-opacity/g)]).toHaveLength(2);
  });

  test('draws the losses of a run over its epochs, or the figures that are asked for [R40]', () => {
    const epochs = [1, 2, 3].map((epoch) => ({
      epoch, loss: 1 / epoch, metrics: { accuracy: epoch / 4, confusion: [[1]] }, validation: { loss: NaN, metrics: { accuracy: 0.5 } },
    }));
    const svg = learningCurveChart({ epochs });
    expectXml(svg);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Training', 'epoch', 'loss', 'validation.loss', '1', '2', '3']));
    expect(linesOf(svg)).toHaveLength(1); // the other has no finite value
    const chosen = textsOf(learningCurveChart({ epochs }, { figures: ['validation.accuracy'] }));
    expect(chosen).toEqual(expect.arrayContaining(['accuracy', 'validation.accuracy']));
    expect(() => learningCurveChart({ epochs }, { figures: ['f1'] })).toThrow(
      "there is no figure 'f1'; expected some of loss, accuracy, validation.loss, validation.accuracy.",
    );
  });

  test('takes a single point, and refuses none', () => {
    expectXml(learningCurveChart([{ size: 10, mean: { error: 0 } }]));
    expect(() => learningCurveChart([])).toThrow('learningCurveChart: there are no points; expected at least one.');
    expect(() => learningCurveChart(undefined as never)).toThrow('learningCurveChart: got undefined; expected what learningCurve or fit');
  });
});

test('ticks are round and reach around the range', () => {
  expect(roundTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(roundTicks(-3, 44)).toEqual([-10, 0, 10, 20, 30, 40, 50]);
  expect(roundTicks(1, 3, { whole: true })).toEqual([1, 2, 3]);
  expect(roundTicks(0.97, 0.971)).toEqual([0.97, 0.9702, 0.9704, 0.9706, 0.9708, 0.971]);
  expect(roundTicks(0, 0)).toEqual([0, 0.2]);
  expect(roundTicks(2e9, 2e9)[0]).toBeLessThanOrEqual(2e9);
});
