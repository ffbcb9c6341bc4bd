import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, FileError, Generator, StateError, tensor, type Tensor } from '@cotangent/tensor';
import { decodeCheckpoint, encodeCheckpoint, loadCheckpoint, saveCheckpoint, type CheckpointParts } from './checkpoint';
import type { JsonValue } from './json';
import { loadModel, saveModel } from './model';
import { encodeSafetensors, saveSafetensors } from './safetensors';

const values = (...list: number[]): Tensor => tensor(Float32Array.from(list));
const read = async (t: Tensor | JsonValue | undefined): Promise<number[]> => [...(await (t as Tensor).data())];

class FakeModule {
  weights: Record<string, Tensor>;
  constructor(...list: number[]) {
    this.weights = { 'fc.weight': values(...list), 'optimizer.fc': values(9) };
  }
  stateDict(): Record<string, Tensor> {
    return this.weights;
  }
  loadStateDict(state: Record<string, Tensor>): void {
    const missing = Object.keys(this.weights).filter((key) => !(key in state));
    if (missing.length > 0) throw new StateError(`missing ${missing.join(', ')}`);
    this.weights = state;
  }
}

class FakeOptimizer {
  state: Record<string, Tensor | JsonValue> = { 'fc.weight.m': values(0.5, 0.25), step: 12, lr: 1e-3, best: Infinity };
  stateDict(): Record<string, Tensor | JsonValue> {
    return this.state;
  }
  loadStateDict(state: Record<string, Tensor | JsonValue>): void {
    this.state = state;
  }
}

class FakeLoader {
  place = { epoch: 2, position: 64 };
  state(): { epoch: number; position: number } {
    return this.place;
  }
  restore(state: { epoch: number; position: number }): void {
    this.place = state;
  }
}

const parts = (): CheckpointParts => ({
  model: new FakeModule(1, 2),
  optimizer: new FakeOptimizer(),
  epoch: 2,
  loader: new FakeLoader(),
  rng: new Generator(7),
  extra: { history: [0.5, NaN], note: 'é' },
  tensors: { 'best.fc.weight': values(3, 4) },
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('saveCheckpoint and loadCheckpoint', () => {
  it('give every part back', async () => {
    const path = join(folder, 'run.safetensors');
    await saveCheckpoint(path, parts());
    const model = new FakeModule(0, 0);
    const optimizer = new FakeOptimizer();
    optimizer.state = {};
    const loader = new FakeLoader();
    loader.place = { epoch: 0, position: 0 };
    const rng = new Generator();
    const { tensors, ...info } = await loadCheckpoint(path, { model, optimizer, loader, rng });
    expect(info).toEqual({ epoch: 2, extra: { history: [0.5, NaN], note: 'é' } });
    expect(Object.keys(tensors)).toEqual(['best.fc.weight']);
    expect(await read(tensors['best.fc.weight'])).toEqual([3, 4]);
    expect(await read(model.weights['fc.weight'])).toEqual([1, 2]);
    expect(await read(model.weights['optimizer.fc'])).toEqual([9]);
    expect(Object.keys(model.weights).length).toBe(2);
    expect(await read(optimizer.state['fc.weight.m'])).toEqual([0.5, 0.25]);
    expect([optimizer.state['step'], optimizer.state['lr'], optimizer.state['best']]).toEqual([12, 1e-3, Infinity]);
    expect(loader.place).toEqual({ epoch: 2, position: 64 });
    expect(rng.state()).toEqual(new Generator(7).state());
  });

  it('leave alone what is not asked for', async () => {
    const optimizer = new FakeOptimizer();
    const bytes = await encodeCheckpoint({ model: new FakeModule(1), epoch: 0 });
    expect(await decodeCheckpoint(bytes, {})).toEqual({ epoch: 0, extra: undefined, tensors: {} });
    await expect(decodeCheckpoint(bytes, { optimizer, loader: new FakeLoader() })).rejects.toThrow(StateError);
    await expect(decodeCheckpoint(bytes, { optimizer, loader: new FakeLoader() })).rejects.toThrow(/no state for optimizer, loader/);
    expect(optimizer.state['step']).toBe(12);
  });

  it('pass on the error of a model that does not fit, before anything has changed', async () => {
    const bytes = await encodeCheckpoint(parts());
    const model = new FakeModule(1);
    model.weights['other'] = values(1);
    const optimizer = new FakeOptimizer();
    optimizer.state = {};
    await expect(decodeCheckpoint(bytes, { model, optimizer })).rejects.toThrow(/missing other/);
    expect(optimizer.state).toEqual({});
  });

  it('put back what was loaded before another part refused', async () => {
    const bytes = await encodeCheckpoint(parts());
    const refuse = (): never => {
      throw new StateError('refused');
    };
    for (const refusing of ['optimizer', 'loader', 'rng']) {
      const model = new FakeModule(5);
      const optimizer = new FakeOptimizer();
      optimizer.state = { step: 1 };
      const loader = new FakeLoader();
      loader.place = { epoch: 0, position: 3 };
      const rng = new Generator(1);
      if (refusing === 'optimizer') optimizer.loadStateDict = refuse;
      else Object.assign(refusing === 'loader' ? loader : rng, { restore: refuse });
      await expect(decodeCheckpoint(bytes, { model, optimizer, loader, rng })).rejects.toThrow(/^refused$/);
      expect(await read(model.weights['fc.weight'])).toEqual([5]);
      expect(optimizer.state).toEqual({ step: 1 });
      expect(loader.place).toEqual({ epoch: 0, position: 3 });
      expect(rng.state()).toEqual(new Generator(1).state());
    }
  });

  it('refuse truncated and corrupt files, wherever the damage is', async () => {
    const bytes = await encodeCheckpoint(parts());
    const targets = { model: new FakeModule(5), optimizer: new FakeOptimizer() };
    for (let at = 0; at < bytes.length; at++) {
      await expect(decodeCheckpoint(bytes.subarray(0, at), targets)).rejects.toThrow(FileError);
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << at % 8;
      await expect(decodeCheckpoint(flipped, targets), `byte ${at}`).rejects.toThrow(FileError);
    }
    expect(await read(targets.model.weights['fc.weight'])).toEqual([5]);
  });

  it('refuse files that are no checkpoint, come from a later version or lack their state', async () => {
    const load = (metadata: Record<string, string>): Promise<unknown> =>
      decodeCheckpoint(encodeSafetensors({}, metadata, { checksum: true }), {}, 'f');
    await expect(load({})).rejects.toThrow(/f: not a checkpoint. Expected metadata format 'cotangent-checkpoint', found none/);
    await expect(load({ format: 'pt' })).rejects.toThrow(/found 'pt'/);
    await expect(load({ format: 'cotangent-checkpoint', version: '2' })).rejects.toThrow(/version 2; this release reads up to version 1/);
    for (const state of ['', '{', 'null', '{"epoch":1}', '{"epoch":"1","optimizer":null}']) {
      await expect(load({ format: 'cotangent-checkpoint', version: '1', state })).rejects.toThrow(FileError);
    }
  });

  it('name the part of a state that is no plain data', async () => {
    const bad = { ...parts(), extra: { when: new Date(0) } };
    await expect(encodeCheckpoint(bad)).rejects.toThrow(ArgumentError);
    await expect(encodeCheckpoint(bad)).rejects.toThrow(/state\.extra\.when is a Date/);
  });

  it('name the file that is missing', async () => {
    await expect(loadCheckpoint(join(folder, 'none'), {})).rejects.toThrow(/none: cannot be read \(ENOENT/);
  });
});

describe('saveModel and loadModel', () => {
  it('give weights and metadata back', async () => {
    const path = join(folder, 'model.safetensors');
    await saveModel(path, new FakeModule(3, 4), { epochs: '5' });
    const model = new FakeModule(0, 0);
    expect(await loadModel(path, model)).toEqual({ epochs: '5' });
    expect(await read(model.weights['fc.weight'])).toEqual([3, 4]);
  });

  it('name file and damage', async () => {
    const path = join(folder, 'damaged.safetensors');
    const { saveFile } = await import('./files');
    const bytes = await saveSafetensors({ w: values(1, 2, 3) });
    await saveFile(path, bytes.subarray(0, bytes.length - 4));
    await expect(loadModel(path, new FakeModule(1))).rejects.toThrow(/damaged\.safetensors: tensor "w" should end at byte/);
  });
});
