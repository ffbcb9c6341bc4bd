import { ArgumentError, parameter, StateError, tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import {
  constantLR,
  cosineAnnealingLR,
  cosineAnnealingWarmRestarts,
  exponentialLR,
  inverseSqrtLR,
  inverseTimeLR,
  linearLR,
  multiStepLR,
  oneCycleLR,
  polynomialLR,
  Scheduler,
  sequentialLR,
  SGD,
  stepLR,
  type Schedule,
} from './index';
import { expectClose } from './testing/helpers';

const at = (schedule: Schedule, base: number, counts: readonly number[]): number[] => counts.map((t) => schedule(t, base));

describe('schedules give the rates of PyTorch 1.13:', () => {
  const cases: readonly (readonly [string, Schedule, readonly number[], readonly number[]])[] = [
    ['stepLR', stepLR({ stepSize: 10 }), [0, 9, 10, 19, 20], [0.1, 0.1, 0.01, 0.01, 0.001]],
    ['multiStepLR', multiStepLR({ milestones: [5, 12, 25], gamma: 0.3 }), [4, 5, 11, 12, 25], [0.1, 0.03, 0.03, 0.009, 0.0027]],
    ['exponentialLR', exponentialLR({ gamma: 0.9 }), [0, 1, 2, 29], [0.1, 0.09, 0.081, 0.00471012869724625]],
    [
      'cosineAnnealingLR',
      cosineAnnealingLR({ tMax: 10 }),
      [1, 5, 9, 10, 11, 20],
      [0.0975528258, 0.05, 0.00244717419, 0, 0.00244717419, 0.1],
    ],
    [
      'cosineAnnealingWarmRestarts',
      cosineAnnealingWarmRestarts({ t0: 5, etaMin: 0.001 }),
      [1, 2, 4, 5, 6],
      [0.0905463412, 0.0657963412, 0.0104536588, 0.1, 0.0905463412],
    ],
    ['linearLR', linearLR({ startFactor: 0.25 }), [0, 1, 4, 5, 20], [0.025, 0.04, 0.085, 0.1, 0.1]],
    ['constantLR', constantLR({ factor: 0.5, totalIters: 4 }), [0, 3, 4, 9], [0.05, 0.05, 0.1, 0.1]],
    ['polynomialLR', polynomialLR({ totalIters: 20 }), [0, 1, 10, 20, 25], [0.1, 0.095, 0.05, 0, 0]],
    [
      'oneCycleLR',
      oneCycleLR({ maxLr: 0.2, totalSteps: 31 }),
      [0, 1, 8, 9, 10, 20, 29],
      [0.008, 0.014795065, 0.199381755, 0.199486934, 0.1969866257, 0.0877257061, 0.0010469401],
    ],
    [
      'oneCycleLR in three straight phases',
      oneCycleLR({ maxLr: 0.2, totalSteps: 31, annealStrategy: 'linear', threePhase: true }),
      [0, 1, 9, 16, 17, 29],
      [0.008, 0.0311325301, 0.1838072289, 0.0218795181, 0.0077612179, 0.0005977552],
    ],
    [
      'sequentialLR',
      sequentialLR([linearLR({ startFactor: 0.1 }), cosineAnnealingLR({ tMax: 20 })], [5]),
      [0, 1, 4, 5, 6, 25],
      [0.01, 0.028, 0.082, 0.1, 0.099384417, 0],
    ],
  ];
  it.each(cases)('%s', (_, schedule, counts, expected) => {
    expectClose(at(schedule, 0.1, counts), expected, 1e-9);
  });
});

describe('oneCycleLR', () => {
  const rates = (totalSteps: number, pctStart: number, threePhase = false): number[] =>
    at(oneCycleLR({ totalSteps, pctStart, threePhase, annealStrategy: 'linear', divFactor: 4, finalDivFactor: 5 }), 1, [
      ...Array(totalSteps + 1).keys(),
    ]);

  it('starts at the top when the rise has one step only', () => {
    expectClose(rates(5, 0.2), [1, 0.7625, 0.525, 0.2875, 0.05, 0.05], 1e-12);
    expectClose(rates(5, 0.2, true), [1, 0.2, 0.15, 0.1, 0.05, 0.05], 1e-12);
  });

  it('has already begun to fall at the first step when there is no rise', () => {
    expectClose(rates(4, 0), [0.7625, 0.525, 0.2875, 0.05, 0.05], 1e-12);
    expectClose(rates(3, 0, true), [0.15, 0.1, 0.05, 0.05], 1e-12);
  });

  it('ends at the top when there is no fall', () => {
    expectClose(rates(4, 1), [0.25, 0.5, 0.75, 1, 1], 1e-12);
    expectClose(rates(4, 1, true), [0.25, 0.5, 0.75, 1, 1], 1e-12);
  });

  it('has the rate of its end in a run of one step', () => {
    expectClose(rates(1, 0), [0.05, 0.05], 1e-12);
    expectClose(rates(1, 0.3), [0.05, 0.05], 1e-12);
    expectClose(rates(1, 1), [1, 1], 1e-12);
    expectClose(rates(1, 0.3, true), [0.05, 0.05], 1e-12);
  });

  it('is finite and positive for every length and shape of a run', () => {
    for (const threePhase of [false, true]) {
      for (let totalSteps = 1; totalSteps <= 12; totalSteps++) {
        for (let k = 0; k <= 2 * totalSteps; k++) {
          for (const rate of rates(totalSteps, k / (2 * totalSteps), threePhase)) {
            expect(rate).toBeGreaterThan(0);
            expect(rate).toBeLessThanOrEqual(1);
          }
        }
      }
    }
  });
});

describe('schedules of the textbooks', () => {
  const counts = [1, 10, 50, 100];
  it('decay exponentially, in one over t, as a cosine, in a line and with one over the root', () => {
    const exponential = exponentialLR({ gamma: Math.exp(-0.05) });
    expectClose(at(exponential, 0.1, counts), [0.09512294245, 0.06065306597, 0.008208499862, 0.0006737946999], 1e-9);
    expectClose(at(inverseTimeLR({ decay: 0.05 }), 0.1, counts), [0.09523809524, 0.06666666667, 0.02857142857, 0.01666666667], 1e-9);
    expectClose(at(cosineAnnealingLR({ tMax: 100 }), 0.1, counts), [0.09997532802, 0.09755282581, 0.05, 0], 1e-9);
    expectClose(at(linearLR({ startFactor: 1, endFactor: 0, totalIters: 100 }), 0.1, counts), [0.099, 0.09, 0.05, 0], 1e-9);
    expectClose(at(inverseSqrtLR(), 0.1, counts), [0.1, 0.0316227766, 0.01414213562, 0.01], 1e-9);
    expectClose(at(stepLR({ stepSize: 30 }), 0.1, counts), [0.1, 0.1, 0.01, 0.0001], 1e-9);
  });

  it('start finite where the formula does not', () => {
    expect(inverseSqrtLR()(0, 0.1)).toBe(0.1);
  });

  it('fall from 0.2 to 0.1, 0.0667, 0.05 with decay 1 per epoch', () => {
    expectClose(at(inverseTimeLR({ decay: 1 }), 0.2, [1, 2, 3]), [0.1, 0.2 / 3, 0.05], 1e-12);
  });

  it('restart after growing spans', () => {
    const schedule = cosineAnnealingWarmRestarts({ t0: 2, tMult: 2 });
    expectClose(at(schedule, 1, [0, 1, 2, 4, 6, 10, 14]), [1, 0.5, 1, 0.5, 1, 0.5, 1], 1e-12);
  });
});

describe('wrong options', () => {
  it.each([
    ['stepLR', () => stepLR({ stepSize: 0 }), /stepSize is 0/],
    ['cosineAnnealingLR', () => cosineAnnealingLR({ tMax: -1 }), /tMax is -1/],
    ['cosineAnnealingWarmRestarts', () => cosineAnnealingWarmRestarts({ t0: 1, tMult: 0.5 }), /tMult is 0.5/],
    ['oneCycleLR', () => oneCycleLR({ totalSteps: 10, pctStart: 2 }), /pctStart is 2/],
    ['oneCycleLR beyond its end', () => oneCycleLR({ totalSteps: 10 })(11, 1), /step 11 of 10/],
    ['sequentialLR', () => sequentialLR([constantLR()], [1]), /1 parts and 1 milestones/],
  ])('of %s are refused', (_, make, message) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe('Scheduler', () => {
  const make = (): { optimizer: SGD; scheduler: Scheduler } => {
    const groups = [{ params: [parameter(tensor([1]))] }, { params: [parameter(tensor([1]))], lr: 0.5 }];
    const optimizer = new SGD(groups, { lr: 1 });
    return { optimizer, scheduler: new Scheduler(optimizer, exponentialLR({ gamma: 0.5 })) };
  };

  it('moves every group from its own rate', () => {
    const { optimizer, scheduler } = make();
    scheduler.step();
    scheduler.step();
    expect(optimizer.groups.map((group) => group.lr)).toEqual([0.25, 0.125]);
    expect(scheduler.count).toBe(2);
  });

  it('sets the rate of count 0 at once', () => {
    const optimizer = new SGD([parameter(tensor([1]))], { lr: 1 });
    expect(new Scheduler(optimizer, linearLR({ startFactor: 0.25 })).count).toBe(0);
    expect(optimizer.lr).toBe(0.25);
  });

  it('goes back to a saved count', () => {
    const first = make();
    first.scheduler.set(7);
    const state = first.scheduler.state();
    const second = make();
    second.optimizer.lr = 123; // whatever the rates are now, those of the saved run count
    const scheduler = new Scheduler(second.optimizer, exponentialLR({ gamma: 0.5 }));
    scheduler.restore(state);
    expect(second.optimizer.groups.map((group) => group.lr)).toEqual(first.optimizer.groups.map((group) => group.lr));
    expect(() => { scheduler.restore({ ...state, count: -1 }); }).toThrow(StateError);
    expect(() => { scheduler.restore({ ...state, bases: [1] }); }).toThrow(/2 groups/);
  });
});
