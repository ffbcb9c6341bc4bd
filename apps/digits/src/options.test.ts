import { describe, expect, it } from 'vitest';
import { ArgumentError } from '@cotangent/tensor';
import { readOptions, resumeCommand, type Options } from './options';

const read = (...args: string[]): Options => {
  const options = readOptions(args);
  if (options === 'help') throw new Error('help was not asked for');
  return options;
};

describe('readOptions', () => {
  it('has defaults for everything', () => {
    expect(read()).toEqual({ data: undefined, backend: 'wasm', epochs: undefined, seed: 1, resume: false, out: 'runs/digits' });
  });

  it('reads every option', () => {
    expect(read('--data', 'sets/mnist', '--backend=cpu', '--epochs', '3', '--seed', '7', '--resume', '--out', 'here')).toEqual({
      data: 'sets/mnist',
      backend: 'cpu',
      epochs: 3,
      seed: 7,
      resume: true,
      out: 'here',
    });
  });

  it('names the folder of the run after the data', () => {
    expect(read('--data', 'sets/mnist/').out).toBe('runs/mnist');
  });

  it('passes over the two dashes that some package managers hand on', () => {
    expect(read('--', '--seed', '4').seed).toBe(4);
  });

  it('notices that help is asked for', () => {
    expect(readOptions(['--seed', '3', '--help'])).toBe('help');
    expect(readOptions(['-h'])).toBe('help');
  });

  it.each([
    [['--backend', 'gpu'], /--backend gpu: there is no such backend; expected cpu or wasm/],
    [['--epochs', '0'], /--epochs 0: expected a whole number of at least 1/],
    [['--epochs', '2.5'], /--epochs 2\.5/],
    [['--epochs', '-1'], /--epochs/],
    [['--seed', 'x'], /--seed x: expected a whole number of at least 0/],
    [['--seed', '99999999999999999999'], /--seed/],
    [['--fast'], /Unknown option '--fast'/],
    [['mnist'], /Unexpected argument 'mnist'/],
    [['--data'], /--data/],
    [['--data', ''], /--data: the name of the folder is empty/],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(ArgumentError);
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe('resumeCommand', () => {
  it('repeats what decides the run', () => {
    expect(resumeCommand(read('--data', 'my sets/mnist', '--epochs', '3'))).toBe(
      "pnpm start --resume --data 'my sets/mnist' --backend wasm --epochs 3 --seed 1 --out runs/mnist",
    );
  });

  it('leads to the same options', () => {
    const options = read('--backend', 'cpu', '--seed', '5');
    const again = read(...resumeCommand(options).split(' ').slice(2));
    expect(again).toEqual({ ...options, resume: true });
  });
});
