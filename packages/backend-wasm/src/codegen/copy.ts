/** Moving elements unchanged between strided places, and filling arrays with one value. */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch, type SlotPointer } from '../params';
import { innerWalk } from './inner';
import { laneBits, loadScalar, storeScalar } from './lanes';
import { collapse, emitLoops, openNest, pushNest, withInner } from './nest';

/** A strided place in a slot; `at` is in bytes, strides in elements. */
export interface Place {
  readonly at: SlotPointer;
  readonly strides: readonly number[];
}

/** Copies elements of a shape from one place to another. Nothing to do for an empty shape. */
export function copyLaunches(dtype: DType, shape: readonly number[], from: Place, to: Place): Launch[] {
  if (shape.includes(0)) return [];
  const nest = withInner(collapse(shape, [from.strides, to.strides]), [0, 1]);
  const levels = nest.sizes.length;
  const bytes = bytesOf(dtype);
  const parameters = new Parameters();
  const places = pushNest(parameters, nest.sizes, [from, to].map(({ at }, k) => ({ dtype, at, strides: nest.strides[k]! })));
  const walks = nest.strides.map((s) => innerWalk(s.at(-1)!));
  const vectors = walks[0] !== 'strided' && walks[1] === 'unit';
  const emit = (f: KernelBuilder, p: Local): void => {
    const loops = openNest(f, p, places, levels);
    const [source, target] = loops.pointers as [Local, Local];
    const [rest, count] = f.locals(I32, 2);
    const strides = places.operands.map((place) => place + levels * 4);
    const [sourceStep, targetStep] = strides.map((place) => {
      const local = f.local(I32);
      f.get(p).mem('i32Load', place).set(local);
      return local;
    }) as [Local, Local];
    const value = f.local(V128);
    const perVector = 16 / bytes;
    emitLoops(f, loops, 0, levels - 1, () => {
      f.get(p).mem('i32Load', places.sizes + (levels - 1) * 4).set(rest);
      if (vectors) {
        const splat = walks[0] === 'splat';
        if (splat) f.get(source).mem(bytes === 4 ? 'v128Load32Splat' : bytes === 2 ? 'v128Load16Splat' : 'v128Load8Splat').set(value);
        f.get(rest).i32(Math.log2(perVector)).op('i32ShrU').set(count);
        f.times(count, () => {
          f.get(target);
          if (splat) f.get(value);
          else f.get(source).mem('v128Load');
          f.mem('v128Store').add(target, 16);
          if (!splat) f.add(source, 16);
        });
        f.get(rest).i32(perVector - 1).op('i32And').set(rest);
      }
      f.times(rest, () => {
        f.get(target, source);
        loadScalar(f, dtype);
        storeScalar(f, dtype);
        f.addLocal(source, sourceStep).addLocal(target, targetStep);
      });
    });
    f.i32(0);
  };
  const key = ['copy', bytes, levels, ...walks].join('|');
  return [{ key, parameters, emit: (module, exportName) => module.kernel(exportName, `copy ${bytes} ${walks.join(' ')}`, emit) }];
}

/** Sets `length` elements to one value. */
export function fillLaunches(dtype: DType, at: SlotPointer, length: number, value: number): Launch[] {
  if (length === 0) return [];
  const bytes = bytesOf(dtype);
  const parameters = new Parameters();
  const raw = dtype === 'bool' ? (value !== 0 ? 1 : 0) : laneBits(dtype, value);
  const pattern = bytes === 4 ? raw : bytes === 2 ? (raw & 0xffff) * 0x10001 : (raw & 0xff) * 0x1010101;
  const place = parameters.push(at, length * bytes, pattern | 0);
  const emit = (f: KernelBuilder, p: Local): void => {
    const [target, rest, count, word] = f.locals(I32, 4);
    f.get(p).mem('i32Load', place).set(target);
    f.get(p).mem('i32Load', place + 4).set(rest);
    f.get(p).mem('i32Load', place + 8).set(word);
    f.get(word).op('i32Eqz').if(
      () => void f.get(target).i32(0).get(rest).fill(),
      () => {
        f.get(rest).i32(4).op('i32ShrU').set(count);
        f.times(count, () => void f.get(target, word).op('i32x4Splat').mem('v128Store').add(target, 16));
        f.get(rest).i32(15).op('i32And').set(rest);
        // The pattern repeats every element, so single bytes of it can be laid down in turn.
        f.times(rest, () => {
          f.get(target, word).mem('i32Store8').add(target, 1);
          f.get(word).i32(8).op('i32ShrU').get(word).i32(24).op('i32Shl', 'i32Or').set(word);
        });
      },
    );
    f.i32(0);
  };
  return [{ key: 'fill', parameters, emit: (module, exportName) => module.kernel(exportName, 'fill', emit) }];
}
