import { expect, it } from 'vitest';
import type { MapKernel, Operand } from '../plan/kernel';
import type { Plan } from '../plan/plan';
import { liveMemory } from './live';

/** A kernel that reads slots and writes one, all of 100 elements. */
function step(reads: readonly number[], write: number): MapKernel {
  const view = (slot: number): Operand => ({ slot, dtype: 'float32', shape: [100], strides: [1], offset: 0 });
  return {
    kind: 'map',
    shape: [100],
    inputs: reads.map(view),
    constants: [],
    body: [{ op: 'load', input: 0, dtype: 'float32' }],
    outputs: [{ slot: write, dtype: 'float32', value: 0 }],
  };
}

const slot = { dtype: 'float32', length: 100 } as const;
/** 0 -> 1 -> 2 -> 3, where 3 also needs 0. */
const plan: Plan = {
  slots: [slot, slot, slot, slot],
  inputs: [0],
  outputs: [{ slot: 3, resident: true }],
  kernels: [step([0], 1), step([1], 2), step([2, 0], 3)],
};

it('adds up what is needed while each kernel runs', () => {
  expect(liveMemory(plan)).toMatchObject({ live: [800, 1200, 1200], bound: 1200, at: 1 });
});

it('counts an output that takes over the memory of an input once', () => {
  const donated: Plan = { ...plan, outputs: [{ slot: 3, resident: true, donor: 0 }] };
  expect(liveMemory(donated)).toMatchObject({ live: [800, 1200, 800], bound: 1200 });
});

it('gives the arena at least what is live at once', () => {
  const { arena, bound } = liveMemory(plan);
  expect(arena).toBeGreaterThanOrEqual(bound);
  expect(arena).toBe(3 * 448); // three arrays at a time, each rounded up to 64 bytes
});

it('takes the fullest moment of a repetition', () => {
  const repeated: Plan = { ...plan, kernels: [step([0], 1), { kind: 'repeat', trips: 3, kernels: [step([1], 2), step([2, 0], 3)], windows: [] }] };
  const { live } = liveMemory(repeated);
  expect(live).toHaveLength(2);
  expect(live[1]).toBe(1600); // what goes in and what comes out stays as long as it runs
});

it('finds nothing in a plan without kernels', () => {
  expect(liveMemory({ slots: [], inputs: [], outputs: [], kernels: [] })).toEqual({ live: [], bound: 0, at: -1, arena: 0 });
});
