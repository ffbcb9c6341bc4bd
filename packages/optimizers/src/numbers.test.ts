import { describe, expect, it } from 'vitest';
import { ewma, ewmaWindow, gradientDescent } from './index';
import { expectClose } from './testing/helpers';

describe('ewma', () => {
  const temperatures = [40, 49, 45];

  it('averages from zero, and corrects what it gives out only [O03 E36]', () => {
    expectClose(ewma(temperatures, { beta: 0.9 }), [4, 8.5, 12.15], 1e-12);
    expectClose(ewma(temperatures, { beta: 0.9, biasCorrection: true }), [40, 44.73684211, 44.83394834], 1e-9);
  });

  it('weighs the last values by 0.1, 0.09, 0.081 and what was before by 0.729 [O03]', () => {
    const share = (i: number): number => ewma(Array.from({ length: 100 }, (_, k) => Number(k === i)), { beta: 0.9 }).at(-1)!;
    expectClose([share(99), share(98), share(97)], [0.1, 0.09, 0.081], 1e-12);
    const v97 = ewma(Array.from({ length: 97 }, (_, k) => k + 1), { beta: 0.9 }).at(-1)!;
    const v100 = ewma([...Array.from({ length: 97 }, (_, k) => k + 1), 0, 0, 0], { beta: 0.9 }).at(-1)!;
    expect(v100 / v97).toBeCloseTo(0.729, 12);
  });

  it('goes over about 1 / (1 - beta) values, after which one weighs about 1/e: 0.98^50, not 0.98^10 [O03 E36]', () => {
    expectClose([0.9, 0.98, 0.5].map(ewmaWindow), [10, 50, 2], 1e-9);
    expectClose([0.9 ** 10, 0.98 ** 50], [0.3486784401, 0.3641696801], 1e-9);
    expect(Math.abs(0.9 ** ewmaWindow(0.9) * Math.E - 1)).toBeLessThan(0.06);
    expect(Math.abs(0.98 ** ewmaWindow(0.98) * Math.E - 1)).toBeLessThan(0.02);
  });

  it('adds values up without dampening: b1 weighs 1/4, b2 1/2 and b3 1 after three [O03 E19]', () => {
    const share = (i: number): number => ewma([0, 1, 2].map((k) => Number(k === i)), { beta: 0.5, dampening: 0 }).at(-1)!;
    expect([share(0), share(1), share(2)]).toEqual([0.25, 0.5, 1]);
  });
});

describe('gradientDescent', () => {
  const parabola = (w: number): number => 2 * w - 20;

  it('stops at the first step below the tolerance and tells all places [O02]', () => {
    const { x, steps, history, reason } = gradientDescent(parabola, { start: 0, lr: 0.25, tolerance: 1e-3 });
    expect(reason).toBe('tolerance');
    expect(history.length).toBe(steps + 1);
    expect(history.slice(0, 4)).toEqual([0, 5, 7.5, 8.75]);
    expect(x).toBe(history.at(-1));
    expect(Math.abs(history.at(-1)! - history.at(-2)!)).toBeLessThan(1e-3);
    expect(Math.abs(history.at(-2)! - history.at(-3)!)).toBeGreaterThanOrEqual(1e-3);
  });

  it('stops after maxSteps, at 9.999999983 with rate 0.01 after 1,000 [O02]', () => {
    const { x, steps, history, reason } = gradientDescent(parabola, { start: 0, tolerance: 0, maxSteps: 1000 });
    expect([steps, reason, history[1]]).toEqual([1000, 'maxSteps', 0.2]);
    expect(x).toBeCloseTo(9.999999983, 8);
  });

  it('says when it runs away [O02]', () => {
    expect(gradientDescent(parabola, { start: 0, lr: 1.5 }).reason).toBe('diverged');
    expect(() => gradientDescent(parabola, { start: NaN })).toThrow(/start is NaN/);
    expect(() => gradientDescent(parabola, { start: 0, lr: 0 })).toThrow(/lr is 0/);
  });

  it('takes more steps where features differ in size than where they are scaled alike [O18]', () => {
    // The rate is bound by the steepest direction, so the flat one takes as many steps as their curvatures differ.
    const stepsFor = (curvature: number, steepest: number): number => {
      return gradientDescent((w) => curvature * (w - 1), { start: 0, lr: 1 / steepest, tolerance: 1e-6, maxSteps: 100_000 }).steps;
    };
    expect(stepsFor(1, 1)).toBeLessThan(5);
    expect(stepsFor(1, 1000)).toBeGreaterThan(1000);
  });
});
