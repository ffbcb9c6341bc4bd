/** Packing and storing for contractions, without generated code. */
import { isFloat, type Output } from '@cotangent/tensor';
import type { CheckedAxis } from '../contract/geometry';
import type { Pack, Store } from '../contract/run';
import { rounding } from '../values';

export function interpretedPack(checked: readonly CheckedAxis[], lanes: number): Pack {
  return (data, bases, outer, sum, count, depth, panel) => {
    let t = 0;
    for (let r = 0; r < count; r += lanes) {
      for (let k = 0; k < depth; k++) {
        for (let lane = 0; lane < lanes; lane++) {
          const row = Math.min(r + lane, count - 1);
          const at = (n: number): number => bases[n]! + outer[n]![row]! + sum[n]![k]!;
          let place = at(0);
          let inside = true;
          for (let n = 0; n < checked.length; n++) {
            const axis = checked[n]!;
            const coordinate = at(n + 1) / axis.divisor;
            inside &&= coordinate >= 0 && coordinate < axis.size && Number.isInteger(coordinate);
            place += coordinate * axis.stride;
          }
          panel[t++] = inside ? data[place]! : 0;
        }
      }
    }
  };
}

export function interpretedStore({ slot, dtype }: Output): Store {
  const round = isFloat(dtype) ? (x: number) => x : rounding(dtype);
  return (s, result, width, rowCount, columnCount, [base], [rows], [columns]) => {
    const out = s[slot]!;
    for (let r = 0; r < rowCount; r++) {
      for (let c = 0; c < columnCount; c++) out[base! + rows![r]! + columns![c]!] = round(result[r * width + c]!);
    }
  };
}
