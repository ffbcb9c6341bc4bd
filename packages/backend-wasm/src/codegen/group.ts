/**
 * Group kernels: many independent maps, such as an optimiser's step over all parameters, in one launch. Units of all maps are
 * numbered through, and a call walks the parameter blocks of those that it has units of.
 */
import type { GroupKernel } from '@cotangent/tensor';
import { I32, type Local, type Locals } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { Parameters, type Launch } from '../params';
import { mapLaunch } from './map';
import type { ProgramLaunch } from './row';

/** Bytes before the list of first units: number of maps, bytes of a block, place of the first block. */
const HEADER = 12;

export function groupLaunches({ maps }: GroupKernel): Launch[] {
  const launches = maps.map(mapLaunch).filter((launch) => launch !== undefined);
  if (launches.length < 2) return launches;
  // Maps of equal code lie behind each other, so that one loop does them.
  const byKey = new Map<string, ProgramLaunch[]>();
  for (const launch of launches) byKey.set(launch.key, [...(byKey.get(launch.key) ?? []), launch]);
  const segments = [...byKey.values()];
  const parameters = new Parameters();
  const align = (): void => {
    while (parameters.words.length % 4 !== 0) parameters.push(0);
  };
  let units = 0;
  const places = segments.map((equal) => {
    const bytes = Math.ceil(equal[0]!.parameters.words.length / 4) * 16;
    const place = parameters.push(equal.length, bytes);
    parameters.push(Math.ceil((place + HEADER + 4 * (equal.length + 1)) / 16) * 16);
    for (const { split } of equal) {
      parameters.push(units);
      units += split.units;
    }
    parameters.push(units);
    for (const launch of equal) {
      align();
      parameters.push(...launch.parameters.words);
    }
    align();
    return place;
  });
  return [{
    // Where a segment lies depends on the number of maps before it.
    key: `group ${places.join()}|${[...byKey.keys()].join(' & ')}`,
    parameters,
    split: { units, nanoseconds: launches.reduce((sum, { split }) => sum + split.nanoseconds, 0) },
    mainThread: launches.some((launch) => launch.mainThread),
    emit: (module, exportName) => {
      const indices = segments.map(([launch]) => {
        const { name, build } = launch!;
        return module.helper(name, [I32, I32, I32], [I32], (f, ...params) => {
          build(f, ...(params as Locals<3>));
        });
      });
      const names = segments.map(([launch]) => launch!.name);
      module.kernel(exportName, `group of ${names.join(', ').slice(0, 100)}`, (f, p, from, to) => {
        indices.forEach((index, k) => emitSegment(f, p, places[k]!, index, from, to));
        f.i32(0);
      });
    },
  }];
}

/** Calls the kernel of a segment for every map that has units among [from, to). */
function emitSegment(f: KernelBuilder, p: Local, place: number, index: number, from: Local, to: Local): void {
  const [left, start, block, low, high] = f.temps(I32, 5);
  f.get(p).mem('i32Load', place).set(left);
  f.get(p).set(start);
  f.get(p, p).mem('i32Load', place + 8).op('i32Add').set(block);
  const first = (): void => void f.get(start).mem('i32Load', place + HEADER);
  const end = (): void => void f.get(start).mem('i32Load', place + HEADER + 4);
  f.times(left, () => {
    first();
    f.set(low).get(from, low).get(from, low).op('i32GtU', 'select').set(low);
    end();
    f.set(high).get(to, high).get(to, high).op('i32LtU', 'select').set(high);
    f.get(low, high).op('i32LtU').if(() => {
      f.get(block, low);
      first();
      f.op('i32Sub').get(high);
      first();
      f.op('i32Sub').call(index).op('drop');
    });
    f.add(start, 4);
    f.get(block, p).mem('i32Load', place + 4).op('i32Add').set(block);
  });
  f.release(I32, left, start, block, low, high);
}
