/** The printed form of a summary. */
import type { SummaryRow } from './summary';

interface Totals {
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  readonly buffers: number;
}

/** Aligned columns, a line per row, and the totals. */
export function formatTable(model: string, rows: readonly SummaryRow[], totals: Totals): string {
  const head = ['layer', 'output shape', 'activations', 'parameters'];
  const body = rows.map(({ name, kind, outputShape, activations, parameters }) => [
    kind === 'Input' ? name : `${name === '' ? '' : `${name} `}(${kind})`,
    outputShape ? `[${outputShape.join(', ')}]` : 'not called',
    outputShape ? String(activations) : '',
    String(parameters),
  ]);
  const widths = head.map((title, c) => Math.max(title.length, ...body.map((cells) => cells[c]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => (c < 2 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ').trimEnd();
  const rule = '-'.repeat(widths.reduce((a, b) => a + b + 2, -2));
  const { parameters, trainable, frozen, buffers } = totals;
  const end = `${parameters} parameters: ${trainable} trainable, ${frozen} frozen${buffers > 0 ? `; ${buffers} numbers in buffers` : ''}`;
  return [model, rule, line(head), rule, ...body.map(line), rule, end].join('\n');
}
