/** Numbers of repeated measurements. */

/** The middle of the sorted list; the mean of both middles when there are two. */
export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How far the middle half of the list spreads, relative to the median. */
export function spread(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return (at(0.75) - at(0.25)) / median(list);
}
