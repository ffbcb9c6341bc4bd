import { describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { ArgumentError, ShapeError, StateError, use } from '@cotangent/tensor';
import { arrayDataset, type ArrayDataset, type Arrays, type Dataset } from './dataset';
import { DataLoader, type LoaderState } from './loader';
import type { NdArray } from './ndarray';

const data = (length: number): ArrayDataset<'x' | 'y'> =>
  arrayDataset({
    x: { data: Float32Array.from({ length: 2 * length }, (_, i) => i), shape: [length, 2] },
    y: { data: Int32Array.from({ length }, (_, i) => i), shape: [length] },
  });

/** The y values of every batch of one epoch. */
async function epoch(loader: DataLoader<Arrays<'x' | 'y'>>): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const { y } of loader) batches.push([...(await y.data())]);
  return batches;
}

describe('DataLoader', () => {
  it('yields tensors with a batch axis, the last batch shorter [D02]', async () => {
    const shapes: unknown[] = [];
    const values: number[] = [];
    for await (const { x, y } of new DataLoader(data(5), { batchSize: 2 })) {
      shapes.push([x.shape, x.dtype, y.shape, y.dtype]);
      values.push(...(await x.data()));
    }
    expect(shapes).toEqual([2, 2, 1].map((n) => [[n, 2], 'float32', [n], 'int32']));
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('hands out a batch when the backend has room', async () => {
    const log: string[] = [];
    const backend = cpu();
    backend.whenRoom = () => {
      if (log.length % 2 === 0) return undefined;
      return new Promise((resolve) => setTimeout(() => {
        log.push('room');
        resolve();
      }));
    };
    await use(backend);
    for await (const { y } of new DataLoader(data(3), { batchSize: 1 })) log.push(`batch ${y.shape[0]!}`);
    expect(log).toEqual(['batch 1', 'room', 'batch 1', 'room', 'batch 1']);
    await use(cpu());
  });

  it('leaves out a short last batch on request, and counts batches', async () => {
    const loader = new DataLoader(data(5), { batchSize: 2, dropLast: true });
    expect(loader.length).toBe(2);
    expect(await epoch(loader)).toEqual([[0, 1], [2, 3]]);
    expect(new DataLoader(data(5), { batchSize: 2 }).length).toBe(3);
  });

  it('makes 5,000 batches of 1,000 of five million samples, and one of all of them [O01]', () => {
    const many: Dataset<number> = { length: 5_000_000, get: (i) => i };
    expect([1000, 1024, 1, 5_000_000].map((batchSize) => new DataLoader(many, { batchSize }).length)).toEqual([5000, 4883, 5_000_000, 1]);
  });

  it('shuffles every epoch differently, the same way for the same seed [D02]', async () => {
    const run = async (seed: number): Promise<number[][]> => {
      const loader = new DataLoader(data(40), { batchSize: 8, shuffle: true, seed });
      return [(await epoch(loader)).flat(), (await epoch(loader)).flat()];
    };
    const [first, second] = await run(3);
    expect([...first!].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(first).not.toEqual(second);
    expect(await run(3)).toEqual([first, second]);
    expect(await run(4)).not.toEqual([first, second]);
  });

  it('goes on exactly where a state was taken, in the middle of a later epoch too', async () => {
    const make = (seed: number): DataLoader<Arrays<'x' | 'y'>> =>
      new DataLoader(data(11), {
        batchSize: 3,
        shuffle: true,
        seed,
        transform: ({ x, y }, random) => ({ x, y: { data: Int32Array.of(1000 * random.integer(0, 1000) + y.data[0]!), shape: [] } }),
      });
    const whole = make(5);
    await epoch(whole);
    const second = await epoch(whole);
    const third = await epoch(whole);

    const interrupted = make(5);
    await epoch(interrupted);
    let state: LoaderState | undefined;
    let seen = 0;
    for await (const batch of interrupted) {
      expect(batch.y.shape).toEqual([3]);
      if (++seen === 2) {
        state = JSON.parse(JSON.stringify(interrupted.state())) as LoaderState;
        break;
      }
    }
    expect(state).toEqual({ epoch: 1, position: 6, seed: 5, length: 11 });
    expect(interrupted.state()).toEqual(state);
    const resumed = make(0);
    resumed.restore(state!);
    expect(await epoch(resumed)).toEqual(second.slice(2));
    expect(await epoch(resumed)).toEqual(third);
    expect(resumed.epoch).toBe(3);
  });

  it('yields nothing more when the state was taken at the last batch, then the next epoch', async () => {
    const loader = new DataLoader(data(4), { batchSize: 2, shuffle: true });
    let last: LoaderState | undefined;
    for await (const batch of loader) {
      last = loader.state();
      expect(batch.y.size).toBe(2);
    }
    const next = await epoch(loader);
    loader.restore(last!);
    expect(await epoch(loader)).toEqual([]);
    expect(await epoch(loader)).toEqual(next);
  });

  it('starts a new epoch after a loop that was left early', async () => {
    const loader = new DataLoader(data(6), { batchSize: 2 });
    for await (const batch of loader) {
      expect(batch.y.size).toBe(2);
      break;
    }
    expect(await epoch(loader)).toEqual([[0, 1], [2, 3], [4, 5]]);
    expect(loader.epoch).toBe(2);
  });

  it('hands a transform numbers that do not depend on the order of the samples', async () => {
    const drawn = async (shuffle: boolean): Promise<Map<number, number>> => {
      const seen = new Map<number, number>();
      const transform = (s: Arrays<'x' | 'y'>, random: { bits(): number }, index: number): typeof s => {
        expect(s.y.data[0]).toBe(index);
        seen.set(index, random.bits());
        return s;
      };
      await epoch(new DataLoader(data(9), { shuffle, transform }));
      return new Map([...seen].sort((a, b) => a[0] - b[0]));
    };
    const inOrder = await drawn(false);
    expect(new Set(inOrder.values()).size).toBe(9);
    expect(await drawn(true)).toEqual(inOrder);
  });

  it('takes a collate function and data sets that answer later', async () => {
    const words: Dataset<string> = { length: 3, get: (i) => Promise.resolve(['a', 'bb', 'ccc'][i]!) };
    const loader = new DataLoader(words, { batchSize: 2, collate: (list: string[]) => list.join('+') });
    const batches: string[] = [];
    for await (const batch of loader) batches.push(batch);
    expect(batches).toEqual(['a+bb', 'ccc']);
  });

  it('refuses options that make no sense', () => {
    for (const batchSize of [0, 1.5, NaN]) expect(() => new DataLoader(data(4), { batchSize })).toThrow(ArgumentError);
    expect(() => new DataLoader(data(4), { seed: -1 })).toThrow(/seed is -1/);
    expect(() => new DataLoader(data(4), { batchSize: 5, dropLast: true })).toThrow(/make no batch/);
    expect(() => new DataLoader([] as unknown as Dataset<string>)).toThrow(/expected an object with length and get/);
  });

  it('refuses samples of different shapes at the batch that has them', async () => {
    const ragged: Dataset<{ x: NdArray }> = {
      length: 2,
      get: (i) => ({ x: { data: new Float32Array(i + 1), shape: [i + 1] } }),
    };
    await expect(new DataLoader(ragged)[Symbol.asyncIterator]().next()).rejects.toThrow(ShapeError);
  });

  it('refuses states of other data sets and damaged ones', () => {
    const loader = new DataLoader(data(4));
    expect(() => loader.restore({ ...loader.state(), length: 9 })).toThrow(/9 samples, this one has 4/);
    expect(() => loader.restore({ epoch: 1 } as LoaderState)).toThrow(StateError);
    expect(() => loader.restore({ ...loader.state(), position: 5 })).toThrow(StateError);
  });
});
