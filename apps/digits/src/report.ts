/** What came out, in words and tables. */
import { imageAt, labelsOf, type Part } from './data';
import { drawPictures, picturesPerRow, type Style } from './draw';
import { CLASSES } from './model';

/** How a network did on a part. */
export interface Outcome {
  /** [true digit][predicted digit], counts. */
  readonly confusion: readonly (readonly number[])[];
  /** The digit the network saw in each image, in the order of the part. */
  readonly predicted: readonly number[];
}

/** The share of images that were read correctly. */
export function accuracyOf({ confusion, predicted }: Outcome): number {
  return confusion.reduce((sum, row, digit) => sum + row[digit]!, 0) / predicted.length;
}

/** A share as '98.6 %'. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The table of true against predicted digits, with the share read correctly at the end of each row. */
export function confusionTable({ confusion }: Outcome): string {
  const width = Math.max(4, ...confusion.flat().map((count) => String(count).length + 1));
  const cell = (text: string | number): string => String(text).padStart(width);
  const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
  const rows = digits.map((digit) => {
    const row = confusion[digit]!;
    const total = row.reduce((sum, count) => sum + count, 0);
    const share = total === 0 ? '' : percent(row[digit]! / total);
    return `${digit} |${row.map((count) => cell(count === 0 ? '.' : count)).join('')} |${share.padStart(8)}`;
  });
  return [`   ${digits.map(cell).join('')}    right`, `  +${'-'.repeat(CLASSES * width + 1)}+`, ...rows].join('\n');
}

/** Pictures of misread digits with what they are and what they were taken for: one line of them. */
export function misreadPictures({ predicted }: Outcome, part: Part, style: Style): string {
  const labels = labelsOf(part);
  const wrong = predicted.flatMap((digit, i) => (digit === labels[i] ? [] : [i]));
  if (wrong.length === 0) return 'no digit was misread';
  const shown = wrong.slice(0, picturesPerRow(style));
  const pictures = shown.map((i) => ({ pixels: imageAt(part, i), caption: `${labels[i]} read as ${predicted[i]}` }));
  const heading = `misread: ${wrong.length} of ${predicted.length}${shown.length < wrong.length ? `, the first ${shown.length} of them` : ''}`;
  return `${heading}\n${drawPictures(pictures, style)}`;
}
