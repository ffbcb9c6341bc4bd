/** What two bodies must share to share their code. */
import type { DType } from '@cotangent/tensor';
import { liveInstructions, type Instruction } from './body';

const SHORT: Record<DType, string> = { float32: 'f', float64: 'd', float16: 'h', int32: 'i', uint32: 'u', uint8: 'b', bool: 'p' };

/** A body as text: equal texts mean equal programs, constants' values aside. */
export function describeBody(body: readonly Instruction[]): string {
  return body
    .map((x) => {
      const dtype = SHORT[x.dtype];
      switch (x.op) {
        case 'load':
          return `L${x.input}${dtype}`;
        case 'const':
          return `C${x.constant}${dtype}`;
        case 'index':
          return `I${x.axis}`;
        default:
          return `${x.op}${'order' in x ? x.order : 'fold' in x ? `${x.fold}${x.loose ? '~' : ''}` : ''}(${x.args.join()})${dtype}`;
      }
    })
    .join(';');
}

/** Inputs that the given values really read, in ascending order. */
export function usedInputs(body: readonly Instruction[], values: readonly number[]): number[] {
  const live = liveInstructions(body, values);
  const used = new Set<number>();
  body.forEach((x, i) => {
    if (live[i] && x.op === 'load') used.add(x.input);
  });
  return [...used].sort((a, b) => a - b);
}

/** Axes whose coordinate the body reads. */
export function indexAxes(body: readonly Instruction[]): Set<number> {
  const axes = new Set<number>();
  for (const x of body) if (x.op === 'index') axes.add(x.axis);
  return axes;
}

/** The type each constant is read as. */
export function constantDTypes(body: readonly Instruction[], count: number): DType[] {
  const types = new Array<DType>(count).fill('float32');
  for (const x of body) if (x.op === 'const') types[x.constant] = x.dtype;
  return types;
}
