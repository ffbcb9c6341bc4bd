import { describe, expect, it } from 'vitest';
import { findGpu } from '../../../webgpu';
import { measureGpu } from './bench';
import { readGpuOptions } from './options';
import { tableOf } from './result';
import { gpuTasks } from './tasks';

// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

describe('the command line', () => {
  it('takes full sizes and 7 rounds by default, and says what is wrong', () => {
    expect(readGpuOptions(['--gpu'])).toEqual({ small: false, rounds: 7, steps: 100, json: undefined, only: '' });
    expect(() => readGpuOptions(['--gpu', '--rounds', '0'])).toThrow('--rounds 0: expected a whole number >= 1.');
    expect(() => readGpuOptions(['--gpu', '--steps', '1.5'])).toThrow('--steps 1.5: expected a whole number >= 1.');
  });
});

describe.skipIf(!gpu)('with an adapter', () => {
  it('small tasks are right, and every task and every kind of step has its row', async () => {
    const result = await measureGpu(gpu!, readGpuOptions(['--gpu', '--small', '--rounds', '1', '--steps', '2']), undefined);
    expect(result.rows.filter(({ ours }) => !ours.isCorrect)).toEqual([]);
    expect(result.rows.map(({ id }) => id)).toEqual(gpuTasks(true).map(({ id }) => id));
    expect(result.encoding.map(({ id }) => id)).toEqual(['mlp-step', 'lenet-step', 'lstm-step', 'block-step']);
    for (const row of [...result.rows, ...result.encoding]) expect(tableOf(result)).toContain(`| ${row.id} |`);
  });
});
