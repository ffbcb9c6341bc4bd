/** Generated packing and storing for contractions: specialised on element type, lane count and checked axes. */
import { isFloat, type DType } from '@cotangent/tensor';
import type { CheckedAxis, OperandMap } from '../contract/geometry';
import type { Pack, Store } from '../contract/run';
import { wrapText } from './scalar';

/** Turns the text of an expression into its value; the cache of the backend sits behind it. */
export type Evaluate = (text: string) => unknown;

/** A function that packs lanes of `lanes` places from an array of `dtype`. */
export function generatedPack(evaluate: Evaluate, dtype: DType, map: OperandMap, lanes: number): Pack {
  const text = packText(dtype, map.checked, lanes);
  const pack = evaluate(text) as (...args: unknown[]) => void;
  const params = map.checked.flatMap((axis) => [axis.size, axis.stride, axis.divisor]);
  return (data, tables, outer, depth, panel) =>
    pack(data, tables.outer, tables.sum, tables.outerChecked, tables.sumChecked, outer, depth, panel, params);
}

function packText(dtype: DType, checked: readonly CheckedAxis[], lanes: number): string {
  const lines: string[] = [`(data, outer, sum, outerChecked, sumChecked, count, depth, panel, p) => { // pack ${dtype}`];
  checked.forEach((_, n) => {
    lines.push(`  const o${n} = outerChecked[${n}], q${n} = sumChecked[${n}];`);
    lines.push(`  const n${n} = p[${3 * n}] | 0, s${n} = p[${3 * n + 1}] | 0, d${n} = p[${3 * n + 2}] | 0;`);
  });
  lines.push('  const last = count - 1;', '  let t = 0;', `  for (let r = 0; r < count; r += ${lanes}) {`);
  for (let lane = 0; lane < lanes; lane++) {
    lines.push(`    const r${lane} = Math.min(r + ${lane}, last), x${lane} = outer[r${lane}];`);
    checked.forEach((_, n) => lines.push(`    const y${n}_${lane} = o${n}[r${lane}];`));
  }
  lines.push('    for (let k = 0; k < depth; k++) {', '      const x = sum[k];');
  checked.forEach((_, n) => lines.push(`      const z${n} = q${n}[k];`));
  for (let lane = 0; lane < lanes; lane++) {
    const tests: string[] = [];
    let place = `x${lane} + x`;
    checked.forEach((axis, n) => {
      const name = `c${n}_${lane}`;
      if (axis.divisor === 1) {
        lines.push(`      const ${name} = y${n}_${lane} + z${n};`);
        tests.push(`${name} >= 0 && ${name} < n${n}`);
      } else {
        lines.push(`      const w${n}_${lane} = y${n}_${lane} + z${n}, ${name} = (w${n}_${lane} / d${n}) | 0;`);
        tests.push(`w${n}_${lane} >= 0 && ${name} * d${n} === w${n}_${lane} && ${name} < n${n}`);
      }
      place += ` + ${name} * s${n}`;
    });
    const value = tests.length === 0 ? `data[${place}]` : `${tests.join(' && ')} ? data[${place}] : 0`;
    lines.push(`      panel[t + ${lane}] = ${value};`);
  }
  lines.push(`      t += ${lanes};`, '    }', '  }', '}');
  return lines.join('\n');
}

/** A function that rounds or wraps results to `dtype` and puts them into place. */
export function generatedStore(evaluate: Evaluate, dtype: DType): Store {
  const value = isFloat(dtype) ? 'result[t + c]' : wrapText(dtype, 'result[t + c]');
  return evaluate(`(result, width, out, rows, rowCount, columns, columnCount) => { // store ${dtype}
  for (let r = 0; r < rowCount; r++) {
    const t = r * width, x = rows[r];
    for (let c = 0; c < columnCount; c++) out[x + columns[c]] = ${value};
  }
}`) as Store;
}
