import { ArgumentError, ones, parameter } from '@cotangent/tensor';
import { describe, expect, test } from 'vitest';
import * as optimizers from './index';

const OPTIMIZERS = [
  'SGD', 'Adam', 'AdamW', 'Adamax', 'NAdam', 'RAdam', 'Adagrad', 'Adadelta', 'Adafactor', 'RMSprop', 'Rprop', 'ASGD', 'LAMB', 'Lion',
  'LBFGS',
] as const;

type Constructor = new (params: unknown, options: unknown) => unknown;

describe.each(OPTIMIZERS)('%s', (name) => {
  const made = (options: unknown) => () => new (optimizers[name] as unknown as Constructor)([parameter(ones([2]))], options);

  test('refuses a learning rate in the place of its options', () => {
    expect(made(0.01)).toThrow(ArgumentError);
    expect(made(0.01)).toThrow(`${name}: options are the number 0.01; expected an object, such as { lr: 0.01 }.`);
  });

  test('refuses an unknown option, and suggests what may be meant', () => {
    expect(made({ lr: 0.1, nonsense: 1 })).toThrow(`${name}: unknown option nonsense; expected lr, `);
    expect(made({ LR: 0.1 })).toThrow('Did you mean lr?');
  });
});

test.each([
  'stepLR', 'multiStepLR', 'constantLR', 'linearLR', 'polynomialLR', 'inverseTimeLR', 'inverseSqrtLR', 'noamLR', 'cosineAnnealingLR',
  'cosineAnnealingWarmRestarts', 'swaLR', 'oneCycleLR', 'cyclicLR',
] as const)('%s refuses a bare number and unknown options', (name) => {
  const schedule = optimizers[name] as unknown as (options: unknown) => unknown;
  expect(() => schedule(100)).toThrow(new RegExp(`^${name}: options are the number 100; expected an object, such as \\{ \\w+: 100 \\}\\.$`));
  expect(() => schedule({ nonsense: 1 })).toThrow(`${name}: unknown option nonsense; expected `);
});
