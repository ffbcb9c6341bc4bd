import { describe, expect, it } from 'vitest';
import { readOptions } from './options';
import { limitText, ratiosText, valueText } from './text';
import { chosen, WORKLOADS } from './workloads';

describe('the command line', () => {
  it('runs everything in 7 rounds by default', () => {
    expect(readOptions([])).toEqual({ only: '', rounds: 7, json: undefined, backend: undefined });
  });

  it('says what is wrong with bad options', () => {
    expect(() => readOptions(['--rounds', '0'])).toThrow('--rounds 0: expected a whole number >= 1.');
    expect(() => readOptions(['--rounds', 'many'])).toThrow('--rounds many');
    expect(() => readOptions(['--backend', 'gpu'])).toThrow('--backend gpu: expected cpu or wasm.');
    expect(() => readOptions(['--only', 'nothing like it'])).toThrow('There are:\n  record add [16]');
    expect(() => readOptions(['--only', 'matmul 1024', '--backend', 'cpu'])).toThrow('do not run on cpu:\n  matmul 1024');
    expect(() => readOptions(['--fast'])).toThrow('--fast');
  });
});

describe('the workloads', () => {
  it('have names of their own, and peers that exist and run where they do', () => {
    const names = WORKLOADS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { needs = [], places } of WORKLOADS) {
      for (const need of needs) {
        const peer = WORKLOADS.find(({ name }) => name === need)!;
        expect(places.every((place) => peer.places.includes('js') || peer.places.includes(place)), need).toBe(true);
      }
    }
  });

  it('bring the peers they are compared with', () => {
    expect(chosen('Adam: compiled').map(({ name }) => name.split('Adam: ')[1])).toEqual([
      'straight JS loops', 'compiled', 'plain, unfused', 'compiled',
    ]);
    expect(chosen('matmul 256')).toHaveLength(1);
  });
});

it('the table says whether a limit was kept, in the unit of the value', () => {
  const cells = { value: 0.1512, unit: 'us/op', ratios: [{ to: 'roof', ratio: 0.5 }, { to: 'unfused', ratio: 12 }] };
  expect(valueText(cells)).toBe('0.15 us/op');
  expect(ratiosText(cells)).toBe('0.50 of roof, 12.00 of unfused');
  expect(limitText(cells)).toBe('');
  expect(limitText({ ...cells, limit: { most: 0.15 } })).toBe('<= 0.15 missed');
  expect(limitText({ ...cells, limit: { least: 0.15 } })).toBe('>= 0.15 kept');
});
