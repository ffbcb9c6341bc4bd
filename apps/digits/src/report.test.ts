import { describe, expect, it } from 'vitest';
import { arrayDataset, subset } from '@cotangent/data';
import { accuracyOf, confusionTable, hardPictures, percent, type Outcome } from './report';

/** Ten images of each digit; two threes were taken for fives. */
const confusion = Array.from({ length: 10 }, (_, i) => Array.from({ length: 10 }, (_, j): number => (i === j ? 10 : 0)));
confusion[3]![3] = 8;
confusion[3]![5] = 2;
const labels = Array.from({ length: 100 }, (_, i) => i % 10);
const outcome: Outcome = {
  confusion,
  predicted: labels.map((digit, i) => (i === 3 || i === 53 ? 5 : digit)),
  certainty: labels.map((_, i) => (i === 7 ? 0.5 : 0.99)),
};

describe('accuracyOf', () => {
  it('is the share on the diagonal', () => {
    expect(accuracyOf(outcome)).toBe(0.98);
    expect(percent(accuracyOf(outcome))).toBe('98.0 %');
  });
});

describe('confusionTable', () => {
  it('has a row per true digit, with counts and the share read correctly', () => {
    const lines = confusionTable(outcome).split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]!.trim().split(/\s+/)).toEqual([...Array.from({ length: 10 }, (_, i) => `${i}`), 'right']);
    expect(lines[5]!.split(/\s+/)).toEqual(['3', '|', '.', '.', '.', '8', '.', '2', '.', '.', '.', '.', '|', '80.0', '%']);
    expect(lines[6]).toMatch(/100\.0 %$/);
  });

  it('widens its columns for large counts', () => {
    const large = confusionTable({ ...outcome, confusion: confusion.map((row) => row.map((count) => count * 1000)) });
    const bars = large.split('\n').slice(2).map((line) => line.lastIndexOf('|'));
    expect(new Set(bars).size).toBe(1);
    expect(large).toContain(' 10000 ');
  });
});

describe('hardPictures', () => {
  const images = arrayDataset({
    x: { data: Float32Array.from({ length: 100 * 784 }, (_, i) => i % 7), shape: [100, 1, 28, 28] },
    y: { data: Int32Array.from(labels), shape: [100] },
  });
  const part = subset(images, labels.map((_, i) => i));

  it('draws the misread digits with truth and prediction', () => {
    const text = hardPictures(outcome, part, { rich: false, columns: 80 });
    expect(text).toContain('misread: 2 of 100\n');
    expect(text.match(/3 read as 5/g)).toHaveLength(2);
  });

  it('shows as many as fit and says so', () => {
    const text = hardPictures(outcome, part, { rich: false, columns: 20 });
    expect(text).toContain('misread: 2 of 100, the first 1\n');
    expect(text.match(/3 read as 5/g)).toHaveLength(1);
  });

  it('shows the least certain ones when none was misread', () => {
    const text = hardPictures({ ...outcome, predicted: labels }, part, { rich: false, columns: 20 });
    expect(text).toContain('none misread');
    expect(text).toContain('7, 50.0 % sure');
  });
});
