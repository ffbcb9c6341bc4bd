/** What the framework itself costs: recording, and running many tiny ops. */
import { performance } from 'node:perf_hooks';
import { dryRun, randn, tensor, type Tensor } from '@cotangent/tensor';
import { BOTH, ready, type Workload } from './run';

const RECORDED = 4000;
const EXECUTED = 10_000;
const SIZE = 16;

const bare: Workload = {
  name: 'record add [16]: bare objects',
  places: ['js'],
  build: () => {
    let counter = 0;
    return Promise.resolve({
      once: () => {
        const kept: object[] = [];
        let last: object = {};
        const other = {};
        for (let i = 0; i < RECORDED; i++) {
          // What no recording can do without: a handle, a node with its inputs, a list of what is pending.
          last = { node: { id: counter++, op: 'add', inputs: [last, other], attrs: undefined, shape: [SIZE], dtype: 'float32', consumers: 0 } };
          kept.push(last);
        }
        if (kept.length !== RECORDED) throw new Error('The loop was cut short.');
      },
      report: (ms) => ({ value: (ms * 1000) / RECORDED, unit: 'us/op' }),
    });
  },
};

const recording: Workload = {
  name: 'record add [16]',
  places: BOTH,
  needs: [bare.name],
  build: async () => {
    const x = await ready(randn([SIZE]));
    return {
      once: () => {
        let ms = 0;
        dryRun(() => {
          let y: Tensor = x;
          const start = performance.now();
          for (let i = 0; i < RECORDED; i++) y = y.add(x);
          ms = performance.now() - start;
        });
        return ms;
      },
      report: (ms, seen) => ({
        value: (ms * 1000) / RECORDED,
        unit: 'us/op',
        ratios: [{ to: 'bare objects', ratio: ms / seen.ms(bare.name) }],
        limit: { most: 0.15 },
      }),
    };
  },
};

const straightAdds: Workload = {
  name: '10,000 dependent adds [16]: straight JS loops',
  places: ['js'],
  build: () => {
    const x = new Float32Array(SIZE).fill(1);
    return Promise.resolve({
      once: () => {
        let y = new Float32Array(SIZE);
        for (let i = 0; i < EXECUTED; i++) {
          const sum = new Float32Array(SIZE);
          for (let k = 0; k < SIZE; k++) sum[k] = y[k]! + x[k]!;
          y = sum;
        }
        if (y[0] !== EXECUTED) throw new Error('The sum is wrong.');
      },
      report: (ms) => ({ value: EXECUTED / ms / 1000, unit: 'M adds/s' }),
    });
  },
};

const dependentAdds: Workload = {
  name: '10,000 dependent adds [16], then a read',
  places: BOTH,
  needs: [straightAdds.name],
  build: () => {
    const x = tensor(new Float32Array(SIZE).fill(1));
    const zero = tensor(new Float32Array(SIZE));
    return Promise.resolve({
      once: () => {
        let y = zero;
        for (let i = 0; i < EXECUTED; i++) y = y.add(x);
        if (y.dataSync()[SIZE - 1] !== EXECUTED) throw new Error('The sum is wrong.');
      },
      report: (ms, seen) => ({
        value: EXECUTED / ms / 1000,
        unit: 'M adds/s',
        ratios: [{ to: 'straight JS', ratio: ms / seen.ms(straightAdds.name) }],
        limit: { least: 3 },
      }),
    });
  },
};

export const OVERHEAD: readonly Workload[] = [bare, recording, straightAdds, dependentAdds];
