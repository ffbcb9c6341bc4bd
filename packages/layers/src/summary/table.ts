/** The printed form of a summary. */
import { show } from '@cotangent/tensor';
import type { SummaryColumn, SummaryRow } from './summary';

interface Totals {
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  readonly buffers: number;
  readonly multiplyAdds: number | undefined;
}

const TITLES: Readonly<Record<SummaryColumn, string>> = { multiplyAdds: 'multiply-adds', receptiveField: 'receptive field' };

/** Aligned columns, a line per row, and the totals. */
export function formatTable(model: string, rows: readonly SummaryRow[], totals: Totals, columns: readonly SummaryColumn[]): string {
  const head = ['layer', 'output shape', 'activations', 'parameters', ...columns.map((column) => TITLES[column])];
  const body = rows.map(({ name, kind, outputShape, activations, parameters, multiplyAdds, receptiveField }) => [
    kind === 'Input' ? name : `${name === '' ? '' : `${name} `}(${kind})`,
    outputShape ? `[${outputShape.join(', ')}]` : 'not called',
    outputShape ? String(activations) : '',
    String(parameters),
    ...columns.map((column) => (column === 'multiplyAdds' ? String(multiplyAdds ?? '?') : receptiveField ? show(receptiveField) : '')),
  ]);
  const widths = head.map((title, c) => Math.max(title.length, ...body.map((cells) => cells[c]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => (c < 2 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ').trimEnd();
  const rule = '-'.repeat(widths.reduce((a, b) => a + b + 2, -2));
  const { parameters, trainable, frozen, buffers, multiplyAdds } = totals;
  const stored = `${parameters} parameters: ${trainable} trainable, ${frozen} frozen${buffers > 0 ? `; ${buffers} numbers in buffers` : ''}`;
  const end = columns.includes('multiplyAdds') && multiplyAdds !== undefined ? `${stored}; ${multiplyAdds} multiply-adds` : stored;
  return [model, rule, line(head), rule, ...body.map(line), rule, end].join('\n');
}
