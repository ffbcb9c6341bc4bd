/** The cells of the table. */
import type { Cells } from './run';

function short(n: number): string {
  return n < 0.1 ? n.toFixed(3) : n < 100 ? n.toFixed(2) : n.toFixed(0);
}

export function valueText({ value, unit }: Cells): string {
  return `${short(value)} ${unit}`;
}

export function ratiosText({ ratios = [] }: Cells): string {
  return ratios.map(({ to, ratio }) => `${short(ratio)} of ${to}`).join(', ');
}

/** The limit in the unit of the value, and whether it was kept. */
export function limitText({ value, limit }: Cells): string {
  if (!limit) return '';
  const [sign, bound, isKept] = 'most' in limit ? ['<=', limit.most, value <= limit.most] : ['>=', limit.least, value >= limit.least];
  return `${sign} ${Number(bound.toPrecision(3))} ${isKept ? 'kept' : 'missed'}`;
}
