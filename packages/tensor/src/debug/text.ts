/** Numbers and tables for people. */

/** 1234567 as '1.23 M'. */
export function amount(value: number, unit = ''): string {
  const steps = ['', 'k', 'M', 'G', 'T'];
  let step = 0;
  while (Math.abs(value) >= 999.5 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(value) ? 0 : Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  const suffix = steps[step]! + unit;
  return suffix === '' ? value.toFixed(digits) : `${value.toFixed(digits)} ${suffix}`;
}

export function bytesText(bytes: number): string {
  return amount(bytes, 'B');
}

/** '1 kernel', '2 kernels'. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

export function millisecondsText(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds >= 100 ? 0 : milliseconds >= 1 ? 2 : milliseconds >= 0.1 ? 3 : 4);
}

/** Rows under a head, columns aligned: to the right where the head starts with '>'. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head.map((title) => title.replace(/^>/, '')), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row.map((cell, column) => (head[column]!.startsWith('>') ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ').trimEnd(),
    )
    .join('\n');
}
