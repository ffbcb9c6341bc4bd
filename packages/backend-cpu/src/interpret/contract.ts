/** Packing and storing for contractions, without generated code. */
import { isFloat, type DType } from '@cotangent/tensor';
import type { OperandMap } from '../contract/geometry';
import type { Pack, Store } from '../contract/run';
import { rounding } from '../values';

export function interpretedPack(map: OperandMap, lanes: number): Pack {
  const { checked } = map;
  return (data, tables, outer, depth, panel) => {
    let t = 0;
    for (let r = 0; r < outer; r += lanes) {
      for (let k = 0; k < depth; k++) {
        for (let lane = 0; lane < lanes; lane++) {
          const row = Math.min(r + lane, outer - 1);
          let place = tables.outer[row]! + tables.sum[k]!;
          let inside = true;
          for (let n = 0; n < checked.length; n++) {
            const axis = checked[n]!;
            const coordinate = (tables.outerChecked[n]![row]! + tables.sumChecked[n]![k]!) / axis.divisor;
            inside &&= coordinate >= 0 && coordinate < axis.size && Number.isInteger(coordinate);
            place += coordinate * axis.stride;
          }
          panel[t++] = inside ? data[place]! : 0;
        }
      }
    }
  };
}

export function interpretedStore(dtype: DType): Store {
  const round = isFloat(dtype) ? (x: number) => x : rounding(dtype);
  return (result, width, out, rows, rowCount, columns, columnCount) => {
    for (let r = 0; r < rowCount; r++) {
      for (let c = 0; c < columnCount; c++) out[rows[r]! + columns[c]!] = round(result[r * width + c]!);
    }
  };
}
