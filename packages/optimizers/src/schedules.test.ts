import { cpu } from '@cotangent/backend-cpu';
import { ArgumentError, parameter, StateError, tensor, use } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import {
  Adam, chainedLR, constantLR, cosineAnnealingLR, cosineAnnealingWarmRestarts, cyclicLR, exponentialLR, inverseSqrtLR, inverseTimeLR,
  lambdaLR, linearLR, multiplicativeLR, multiStepLR, noamLR, oneCycleLR, polynomialLR, ReduceLROnPlateau, Scheduler, sequentialLR, SGD,
  staircaseLR, stepLR, swaLR, warmupLR, type PlateauOptions, type PlateauState, type Schedule, type SchedulerState,
} from './index';
import { expectClose, given, numbers } from './testing/helpers';

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

describe('schedules that go step by step', () => {
  const rates = (schedule: Schedule, count: number, change: (optimizer: SGD, t: number) => void = () => undefined): number[] => {
    const optimizer = new SGD([parameter(tensor([1]))], { lr: 0.1, momentum: 0.9 });
    const scheduler = new Scheduler(optimizer, schedule);
    return Array.from({ length: count }, (_, t) => {
      const { lr } = optimizer;
      change(optimizer, t);
      scheduler.step();
      return lr;
    });
  };
  const relative: readonly (readonly [string, Schedule])[] = [
    ['stepLR', stepLR({ stepSize: 3, gamma: 0.5 })],
    ['multiStepLR', multiStepLR({ milestones: [0, 4, 4, 9], gamma: 0.5 })],
    ['exponentialLR', exponentialLR({ gamma: 0.9 })],
    ['constantLR', constantLR({ factor: 0.25, totalIters: 3 })],
    ['linearLR', linearLR({ startFactor: 0.2, endFactor: 0.6, totalIters: 7 })],
    ['linearLR from nothing', linearLR({ startFactor: 0, totalIters: 7 })],
    ['polynomialLR', polynomialLR({ totalIters: 8, power: 2 })],
    ['cosineAnnealingLR', cosineAnnealingLR({ tMax: 5, etaMin: 0.01 })],
    ['multiplicativeLR', multiplicativeLR((t) => 1 / (1 + t))],
    ['sequentialLR', sequentialLR([linearLR(), exponentialLR({ gamma: 0.9 }), cosineAnnealingLR({ tMax: 5 })], [3, 8])],
    ['chainedLR', chainedLR([constantLR(), cosineAnnealingLR({ tMax: 5, etaMin: 0.01 })])],
    ['warmupLR', warmupLR(cosineAnnealingLR({ tMax: 5 }), { steps: 4 })],
  ];

  it.each(relative)('of %s are those of its formula [O25]', (_, schedule) => {
    expectClose(rates(schedule, 24), [...Array(24).keys()].map((t) => schedule(t, 0.1)), 1e-12);
  });

  it.each(relative.slice(0, 7))('of %s go on from a rate that was changed by hand [O15 O25]', (_, schedule) => {
    if (schedule(0, 1) === 0) return;
    const changed = rates(schedule, 24, (optimizer, t) => { if (t === 10) optimizer.lr *= 3; });
    const plain = rates(schedule, 24);
    expectClose(changed.slice(0, 11), plain.slice(0, 11), 1e-12);
    if (!schedule.next || schedule(11, 1) === 0) return;
    expectClose(changed.slice(11), plain.slice(11).map((rate) => rate * 3), 1e-12);
  });

  it('change what the rate was changed to, as PyTorch 1.13 does: a cosine swings on from it [O15 O25]', () => {
    const got = rates(cosineAnnealingLR({ tMax: 4, etaMin: 0.02 }), 9, (optimizer, t) => { if (t === 1) optimizer.lr = 0.5; });
    const wave = (t: number): number => 1 + Math.cos((Math.PI * t) / 4);
    expectClose(got.slice(0, 3), [0.1, 0.02 + 0.04 * wave(1), 0.02 + (0.48 * wave(2)) / wave(1)], 1e-12);
    // Past the bottom it rises from there to the base, no longer to what was set by hand.
    expectClose(got.slice(4), [0.02, 0.02 + 0.04 * wave(5), 0.02 + 0.04 * wave(6), 0.02 + 0.04 * wave(7), 0.1], 1e-12);
  });

  it('multiply each other in a chain, and those that know no rate of before overrule [O25]', () => {
    const chain = chainedLR([constantLR({ factor: 0.1, totalIters: 2 }), exponentialLR({ gamma: 0.9 })]);
    expectClose(at(chain, 1, [0, 1, 2, 3, 4]), [0.1, 0.09, 0.81, 0.729, 0.6561], 1e-12);
    const overruled = chainedLR([exponentialLR({ gamma: 0.9 }), lambdaLR((t) => t + 1)]);
    expectClose(at(overruled, 1, [0, 1, 5, 2]), [1, 2, 6, 3], 1e-12);
  });

  it('have state per group from which they go on exactly, rates changed by hand included [O15 O28]', () => {
    for (const [, schedule] of relative) {
      const make = (): { optimizer: SGD; scheduler: Scheduler } => {
        const optimizer = new SGD([{ params: [parameter(tensor([1]))] }, { params: [parameter(tensor([1]))], lr: 0.5 }], { lr: 0.1 });
        return { optimizer, scheduler: new Scheduler(optimizer, schedule) };
      };
      const [a, b] = [make(), make()];
      for (let t = 0; t < 4; t++) a.scheduler.step();
      a.optimizer.groups[1]!.lr = 0.123;
      b.scheduler.restore(JSON.parse(JSON.stringify(a.scheduler.state())) as SchedulerState);
      for (let t = 0; t < 12; t++) {
        expect(b.optimizer.groups.map(({ lr }) => lr)).toEqual(a.optimizer.groups.map(({ lr }) => lr));
        a.scheduler.step();
        b.scheduler.step();
      }
    }
  });
});

describe('cyclicLR', () => {
  it('goes up and down in triangles, as PyTorch 1.13 [O25]', () => {
    const counts = [0, 1, 2, 3, 4, 8, 9, 16, 20];
    const cycle = { baseLr: 0.01, maxLr: 0.1, stepSizeUp: 4 };
    expectClose(at(cyclicLR(cycle), 0, counts), [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.01, 0.0325, 0.01, 0.1], 1e-9);
    const halved = cyclicLR({ ...cycle, mode: 'triangular2' });
    expectClose(at(halved, 0, counts), [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.01, 0.02125, 0.01, 0.0325], 1e-9);
    const shrinking = cyclicLR({ ...cycle, stepSizeUp: 3, mode: 'exp_range', gamma: 0.95 });
    expectClose(at(shrinking, 0, [0, 1, 2, 3, 7]), [0.01, 0.0385, 0.06415, 0.08716375, 0.03095011888281253], 1e-9);
    const own = cyclicLR({ ...cycle, stepSizeDown: 2, scaleFn: (cycleNumber) => 1 / cycleNumber });
    expectClose(at(own, 0, [4, 5, 6, 10]), [0.1, 0.055, 0.01, 0.055], 1e-9);
    expect(() => cyclicLR({ maxLr: 1, mode: 'sine' as never })).toThrow(/mode is 'sine'/);
  });

  it('moves the momentum against the rate, as oneCycleLR does [O25]', () => {
    const optimizer = new Adam([parameter(tensor([1]))], { lr: 0.1 });
    const scheduler = new Scheduler(optimizer, cyclicLR({ maxLr: 0.5, stepSizeUp: 2, cycleMomentum: true }));
    const seen: (number | undefined)[] = [];
    for (let t = 0; t < 4; t++) {
      seen.push(optimizer.groups[0]!.momentum);
      scheduler.step();
    }
    expectClose(seen as number[], [0.9, 0.85, 0.8, 0.85], 1e-12);
    const momentum = oneCycleLR({ totalSteps: 11, pctStart: 0.5, annealStrategy: 'linear', cycleMomentum: true }).momentum!;
    expectClose([0, 4.5, 10].map(momentum), [0.95, 0.85, 0.95], 1e-12);
    const plain = new SGD([parameter(tensor([1]))], { lr: 0.1 });
    expect(() => new Scheduler(plain, cyclicLR({ maxLr: 1, cycleMomentum: true }))).toThrow(/the optimiser has none/);
  });
});

describe('the other schedules', () => {
  it('noamLR rises in a line and falls with the root of the step [O25]', () => {
    const schedule = noamLR({ dModel: 512, warmup: 4000 });
    expectClose(at(schedule, 1, [0, 1, 29]).map((rate) => rate * 1e6), [0.1746928107, 0.3493856214, 5.240784322], 1e-8);
    expect(schedule(3999, 1)).toBeCloseTo((512 * 4000) ** -0.5, 12);
    expect(schedule(15_999, 1)).toBeCloseTo((512 * 16_000) ** -0.5, 12);
  });

  it('exponentialLR takes a factor or a decay [O10]', () => {
    expectClose(at(exponentialLR({ gamma: 0.95 }), 0.2, [0, 1, 10]), [0.2, 0.19, 0.2 * 0.95 ** 10], 1e-12);
    expectClose(at(exponentialLR({ decay: 0.05 }), 0.1, [1, 10]), [0.09512294245, 0.06065306597], 1e-9);
  });

  it('inverseSqrtLR has a factor and no infinity [O11 E37 E62]', () => {
    expectClose(at(inverseSqrtLR({ k: 2 }), 0.1, [0, 1, 4]), [0.2, 0.2, 0.1], 1e-12);
  });

  it('staircaseLR looks at another schedule from time to time only [O12]', () => {
    expectClose(at(staircaseLR(inverseTimeLR({ decay: 1 }), 3), 1, [0, 2, 3, 5, 6]), [1, 1, 0.25, 0.25, 1 / 7], 1e-12);
  });

  it('inverseTimeLR times the first rate gives 0.1, 0.0667, 0.05 after epochs 1, 2, 3 [O09 E37]', () => {
    expectClose(at(inverseTimeLR({ decay: 1 }), 0.2, [1, 2, 3]), [0.1, 0.06666666667, 0.05], 1e-9);
  });

  it('a cosine and a line end at zero [O13 O14]', () => {
    expectClose(at(cosineAnnealingLR({ tMax: 100 }), 0.1, [1, 10, 50, 100]), [0.09997532802, 0.09755282581, 0.05, 0], 1e-9);
    expectClose(at(linearLR({ startFactor: 1, endFactor: 0, totalIters: 100 }), 0.1, [1, 10, 50, 100]), [0.099, 0.09, 0.05, 0], 1e-9);
  });

  it('swaLR arrives at its rate and stays [O26]', () => {
    const schedule = swaLR({ swaLr: 0.02, annealEpochs: 4, annealStrategy: 'linear' });
    expectClose(at(schedule, 0.1, [0, 1, 2, 5, 9]), [0.1, 0.1, 0.08, 0.02, 0.02], 1e-12);
    expectClose(at(swaLR({ swaLr: 0.02, annealEpochs: 4 }), 0.1, [0, 3, 5]), [0.1, 0.06, 0.02], 1e-12);
    expectClose(at(swaLR({ swaLr: 0.02, annealEpochs: 0 }), 0.1, [0, 1]), [0.1, 0.02], 1e-12);
  });

  it('warmupLR rises to where a schedule begins [O25]', () => {
    const schedule = warmupLR(stepLR({ stepSize: 2, gamma: 0.5 }), { steps: 4, startFactor: 0 });
    expectClose(at(schedule, 1, [0, 1, 2, 3, 4, 5, 6]), [0, 1 / 3, 2 / 3, 1, 1, 1, 0.5], 1e-12);
    expectClose(at(warmupLR(stepLR({ stepSize: 2 }), { steps: 1 }), 1, [0, 1, 3]), [1, 1, 0.1], 1e-12);
  });
});

describe('ReduceLROnPlateau', () => {
  const run = (options: PlateauOptions, figures: readonly number[], lr = 0.1): number[] => {
    const optimizer = new SGD([parameter(tensor([1]))], { lr });
    const scheduler = new ReduceLROnPlateau(optimizer, options);
    return figures.map((figure) => {
      scheduler.step(figure);
      return optimizer.lr;
    });
  };

  it('lowers the rate when more than patience figures were no better [O25]', () => {
    expectClose(run({ patience: 1 }, [1, 1, 1, 0.5, 0.5, 0.5]), [0.1, 0.1, 0.01, 0.01, 0.01, 0.001], 1e-12);
    expectClose(run({ patience: 0, mode: 'max', factor: 0.5 }, [1, 2, 2, 3]), [0.1, 0.1, 0.05, 0.05], 1e-12);
  });

  it('knows thresholds in parts and as differences [O25]', () => {
    const options = { patience: 0, factor: 0.5, threshold: 0.1 };
    expectClose(run(options, [2, 1.85, 1.7]), [0.1, 0.05, 0.05], 1e-12);
    expectClose(run({ ...options, thresholdMode: 'abs' }, [2, 1.95, 1.85]), [0.1, 0.05, 0.05], 1e-12);
    expectClose(run({ ...options, mode: 'max' }, [2, 2.1, 2.3]), [0.1, 0.05, 0.05], 1e-12);
  });

  it('rests for a while, and ends at the smallest rate [O25]', () => {
    expectClose(run({ patience: 0, cooldown: 2 }, [1, 1, 1, 1, 1]), [0.1, 0.01, 0.01, 0.01, 0.001], 1e-12);
    expectClose(run({ patience: 0, minLr: 0.03 }, [1, 1, 1]), [0.1, 0.03, 0.03], 1e-12);
    expectClose(run({ patience: 0, eps: 0.5 }, [1, 1]), [0.1, 0.1], 1e-12);
    expectClose(run({ patience: 0 }, [NaN, 1, NaN]), [0.01, 0.01, 0.001], 1e-12);
  });

  it('goes on from its state, with a smallest rate for each group [O28]', () => {
    const make = (): { optimizer: SGD; scheduler: ReduceLROnPlateau } => {
      const optimizer = new SGD([{ params: [parameter(tensor([1]))] }, { params: [parameter(tensor([1]))], lr: 0.5 }], { lr: 0.1 });
      return { optimizer, scheduler: new ReduceLROnPlateau(optimizer, { patience: 1, cooldown: 1, minLr: [0.05, 0] }) };
    };
    const [a, b] = [make(), make()];
    for (const figure of [1, 1, 1]) a.scheduler.step(figure);
    b.scheduler.restore(JSON.parse(JSON.stringify(a.scheduler.state())) as PlateauState);
    for (const figure of [1, 1, 1, 0.5, 1, 1, 1]) {
      a.scheduler.step(figure);
      b.scheduler.step(figure);
      expect(b.optimizer.groups.map(({ lr }) => lr)).toEqual(a.optimizer.groups.map(({ lr }) => lr));
    }
    expect(a.optimizer.groups[0]!.lr).toBe(0.05);
    expect(() => { b.scheduler.restore({ ...a.scheduler.state(), rates: [1] }); }).toThrow(StateError);
    const { groups } = a.optimizer;
    expect(() => new ReduceLROnPlateau({ groups }, { factor: 1 })).toThrow(/factor is 1/);
    expect(() => new ReduceLROnPlateau({ groups }, { minLr: [1] })).toThrow(/2 groups/);
  });
});

describe('a momentum that is cycled', () => {
  it('compiles nothing new, and gives the steps of an optimiser made with each momentum [O25]', async () => {
    const backend = await use(cpu());
    const [p, q] = [parameter(tensor([1])), parameter(tensor([1]))];
    const cycled = new SGD([p], { lr: 0.1, momentum: 0.9 });
    let buffer = 0;
    let value = 1;
    const gradient = 0.5;
    let compiled = 0;
    for (let t = 0; t < 20; t++) {
      const momentum = 0.8 + 0.005 * t;
      cycled.groups[0]!.momentum = momentum;
      cycled.step(given([p], [[gradient]]));
      buffer = momentum * buffer + gradient;
      value -= 0.1 * buffer;
      if (t === 2) ({ compiled } = backend.stats());
    }
    expectClose(await numbers(p), [value], 1e-5);
    expect(backend.stats().compiled).toBe(compiled);
    const groups = cycled.stateDict()['groups'] as unknown as { options: { momentum: number } }[];
    expect(groups[0]!.options.momentum).toBeCloseTo(0.895, 12);
    expect(() => { new SGD([q], { lr: 1 }).groups[0]!.momentum = 0.5; }).toThrow(/none to change/);
    expect(() => { cycled.groups[0]!.momentum = 1; }).toThrow(/above 0 and below 1/);
  });
});
