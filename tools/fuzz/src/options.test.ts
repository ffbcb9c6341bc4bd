import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from './options';

describe('the command line', () => {
  it('says which graphs, backends and switches', () => {
    const args = ['3', '--seed', '10', '--switches', 'donate,maps', '--jobs', '5', '--stop', '1'];
    const { seeds, backends, switches, jobs, stop } = readOptions(args);
    expect({ seeds, backends, switches, jobs, stop }).toEqual({
      seeds: [10, 11, 12], backends: ['cpu', 'wasm'], switches: ['maps', 'donate'], jobs: 5, stop: 1,
    });
    expect(readOptions(['--', '--only', '7, 9', '--backend', 'wasm'])).toMatchObject({ seeds: [7, 9], backends: ['wasm'], stop: 10 });
  });

  it.each([
    [[], 'expected how many graphs but got 0 arguments'],
    [['ten'], "the number of graphs: got 'ten'; expected a whole number of at least 1"],
    [['5', '--seed', '-1'], '--seed'],
    [['5', '--only', '3'], "--only says which graphs; leave out '5'"],
    [['5', '--backend', 'abacus'], "--backend: got 'abacus'; expected some of cpu, wasm"],
    [['5', '--switches', 'maps,fast'], "--switches: got 'maps,fast'; expected some of maps, rows"],
    [['5', '--jobs', '0'], "--jobs: got '0'; expected a whole number of at least 1"],
    [['5', '--loud'], 'Usage: pnpm fuzz <n>'],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
