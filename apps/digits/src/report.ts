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
  /** The probability it gave that digit. */
  readonly certainty: readonly number[];
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

/**
 * A line of pictures with what they are and what they were taken for: the misread ones, or, when there are none, those the
 * network was least sure about.
 */
export function hardPictures(outcome: Outcome, part: Part, style: Style): string {
  const { predicted, certainty } = outcome;
  const labels = labelsOf(part);
  const room = picturesPerRow(style);
  const draw = (indices: readonly number[], caption: (i: number) => string): string =>
    drawPictures(indices.map((i) => ({ pixels: imageAt(part, i), caption: caption(i) })), style);

  const wrong = [...predicted.keys()].filter((i) => predicted[i] !== labels[i]);
  if (wrong.length > 0) {
    const which = wrong.length > room ? `, the first ${room}` : '';
    const pictures = draw(wrong.slice(0, room), (i) => `${labels[i]} read as ${predicted[i]}`);
    return `misread: ${wrong.length} of ${predicted.length}${which}\n${pictures}`;
  }
  const unsure = [...predicted.keys()].sort((i, j) => certainty[i]! - certainty[j]!).slice(0, room);
  return `none misread; the least certain\n${draw(unsure, (i) => `${predicted[i]}, ${percent(certainty[i]!)} sure`)}`;
}
