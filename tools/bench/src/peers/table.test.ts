import { describe, expect, it } from 'vitest';
import { merged, ratiosOf, type Comparison, type Row } from './result';
import { reportOf, short, tableOf } from './table';

const cells = {
  ours: { value: 20, ms: 5, spread: 0.02, rounds: 15 },
  'ours-2t': { value: 36, ms: 2.8, spread: 0.02, rounds: 15 },
  'tfjs-cpu': { failure: "wrong result: 'y' is off by 1e-2" },
  'tfjs-wasm': { value: 16, ms: 6.25, spread: 0.3, rounds: 15 },
  'jax-js': { value: 10, ms: 10, spread: 0.02, rounds: 15 },
  'ort-web': { unsupported: 'inference only' },
  'torch-1t': { value: 80, ms: 1.25, spread: 0.02, rounds: 15 },
  straight: { value: 25, ms: 4, spread: 0.02, rounds: 5 },
} as const;

const row: Omit<Row, 'ratios'> = { id: 'step', unit: 'steps/s', better: 'more', floor: { ms: 4, ofRoof: 0.75 }, cells };
const js = ['tfjs-cpu', 'tfjs-wasm', 'jax-js', 'ort-web'];

function comparison(rows: readonly Row[]): Comparison {
  return {
    processor: 'A processor', cores: 2, node: '20', rounds: 15, sliceMs: 100, roof: { gflops: 39, copyGBs: 10 },
    versions: { ours: 'this tree' }, rows,
  };
}

describe('ratios', () => {
  it('are to the best other library, to PyTorch, to the steps by hand, between threads, and to the floor', () => {
    expect(ratiosOf(row, js)).toEqual({ bestJs: 1.25, torch: 0.25, hand: 0.8, threads: 1.8, floor: 1.25 });
  });

  it('are turned round where less is better', () => {
    expect(ratiosOf({ ...row, better: 'less' }, js)).toMatchObject({ bestJs: 0.5, torch: 4 });
  });

  it('are absent where a side is missing', () => {
    expect(ratiosOf({ ...row, cells: { ours: cells.ours, 'tfjs-cpu': cells['tfjs-cpu'] } }, js)).toEqual({ floor: 1.25 });
    expect(ratiosOf({ ...row, cells: { ours: { failure: 'wrong' }, 'jax-js': cells['jax-js'] } }, js)).toEqual({});
  });
});

describe('the table', () => {
  const full = comparison([{ ...row, ratios: ratiosOf(row, js) }]);

  it('shows every column that took part, the best other library in bold, noise, failures and what is not offered', () => {
    const [head, , line] = tableOf(full).split('\n');
    expect(head).toBe(
      '| workload | unit | ours | ours-2t | tfjs-cpu | tfjs-wasm | jax-js | ort-web | torch-1t | straight ' +
        '| to best JS | to torch | to straight | 2t to 1t | of roof | floor ms | to floor |',
    );
    expect(line).toBe(
      '| step | steps/s | 20.0 | 36.0 | FAIL | **16.0~** | 10.0 | n/a | 80.0 | 25.0 | 1.25 | 0.25 | 0.80 | 1.80 | 0.75 | 4.0 | 1.25 |',
    );
  });

  it('gives the reasons below', () => {
    const report = reportOf(full);
    expect(report).toContain('Roofs of one thread: 39.0 GFLOP/s');
    expect(report).toContain("- step, tfjs-cpu: wrong result: 'y' is off by 1e-2");
    expect(report).toContain('- ort-web: inference only (step)');
  });

  it('writes numbers with two or three digits that count', () => {
    expect([1234.5, 99.94, 9.96, 0.0123].map(short)).toEqual(['1235', '99.9', '10', '0.012']);
  });
});

it('rows measured again take the place of stored ones, in the order of the table', () => {
  const make = (id: string, value: number): Row => ({ ...row, id, cells: { ours: { ...cells.ours, value } }, ratios: {} });
  const before = comparison([make('a', 1), make('c', 1)]);
  const now = { ...comparison([make('c', 2), make('b', 2)]), versions: { torch: '1' } };
  const both = merged(before, now, ['a', 'b', 'c']);
  expect(both.rows.map(({ id, cells: { ours } }) => [id, ours && 'value' in ours && ours.value])).toEqual([['a', 1], ['b', 2], ['c', 2]]);
  expect(both.versions).toEqual({ ours: 'this tree', torch: '1' });
  expect(merged(undefined, now, ['c', 'b']).rows.map(({ id }) => id)).toEqual(['c', 'b']);
});
