/** Generated packing and storing for contractions: specialised on element type, lane count, checked axes and epilogue. */
import { isFloat, type ContractKernel, type DType, type Instruction, type MapKernel } from '@cotangent/tensor';
import type { CheckedAxis } from '../contract/geometry';
import type { Line, Pack, Store } from '../contract/run';
import { argsOf } from '../rows';
import { constantName, instructionText, wrapText } from './scalar';
import { KernelSource } from './source';

/** Turns the text of an expression into its value; the cache of the backend sits behind it. */
export type Evaluate = (text: string) => unknown;

/** A function that packs lanes of `lanes` places from an array of `dtype`. */
export function generatedPack(evaluate: Evaluate, dtype: DType, checked: readonly CheckedAxis[], lanes: number): Pack {
  const pack = evaluate(packText(dtype, checked, lanes)) as (p: readonly number[], ...args: Parameters<Pack>) => void;
  const params = checked.flatMap((axis) => [axis.size, axis.stride, axis.divisor]);
  return (...args) => pack(params, ...args);
}

function packText(dtype: DType, checked: readonly CheckedAxis[], lanes: number): string {
  const lines: string[] = [
    `(p, data, bases, outer, sum, count, depth, panel) => { // pack ${dtype}`,
    '  const base = bases[0] | 0, outer0 = outer[0], sum0 = sum[0];',
  ];
  checked.forEach((_, n) => {
    lines.push(`  const b${n} = bases[${n + 1}] | 0, o${n} = outer[${n + 1}], q${n} = sum[${n + 1}];`);
    lines.push(`  const n${n} = p[${3 * n}] | 0, s${n} = p[${3 * n + 1}] | 0, d${n} = p[${3 * n + 2}] | 0;`);
  });
  lines.push('  const last = count - 1;', '  let t = 0;', `  for (let r = 0; r < count; r += ${lanes}) {`);
  for (let lane = 0; lane < lanes; lane++) {
    lines.push(`    const r${lane} = Math.min(r + ${lane}, last), x${lane} = base + outer0[r${lane}];`);
    checked.forEach((_, n) => lines.push(`    const y${n}_${lane} = b${n} + o${n}[r${lane}];`));
  }
  lines.push('    for (let k = 0; k < depth; k++) {', '      const x = sum0[k];');
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

/** Whether the axes of the epilogue are those of the output, so that it can run on every finished block. */
export function fitsBlocks({ sizes, out, epilogue }: ContractKernel): boolean {
  const axes = (shape: readonly number[]): string => shape.filter((n) => n !== 1).join();
  return epilogue !== undefined && axes(epilogue.shape) === axes(out.map((label) => sizes[label]!));
}

/** A function that rounds or wraps results and puts them into place, or runs the epilogue on them, which must fit. */
export function generatedStore(
  evaluate: Evaluate, { sizes, out: labels, output, epilogue }: ContractKernel, out: Line, columnLabels: readonly number[],
): { lines: readonly Line[]; store: Store } {
  const kept = labels.filter((label) => sizes[label] !== 1);
  const { shape, inputs, constants, body, outputs } = epilogue ?? plainStore(output, kept.map((label) => sizes[label]!));
  const axes = shape.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const source = new KernelSource();
  const lines: Line[] = [out];
  /** The number of a line; operands that move with the output share its line. */
  const line = (strides: (axis: number) => number, start: number): number => {
    const steps = sizes.map(() => 0);
    axes.forEach((axis, k) => (steps[kept[k]!] = strides(axis)));
    const moves = (a: readonly number[]): boolean => a.every((step, label) => step === steps[label] || sizes[label] === 1);
    const same = lines.findIndex((other) => other.start === start && moves(other.steps));
    return same >= 0 ? same : lines.push({ steps, start }) - 1;
  };
  const places = body.map((x) => {
    if (x.op === 'index') return line((axis) => (axis === x.axis ? 1 : 0), 0);
    if (x.op !== 'load' || inputs[x.input]!.slot === output.slot) return 0;
    const { strides, offset } = inputs[x.input]!;
    return line((axis) => strides[axis]!, offset);
  });
  const still = lines.map(({ steps }) => columnLabels.every((label) => steps[label] === 0 || sizes[label] === 1));
  const round = (text: string): string => (isFloat(output.dtype) && output.dtype !== 'float32' ? text : wrapText(output.dtype, text));
  const names = body.map((x, k) => (x.op === 'const' ? constantName(source, body, constants, k) : `v${k}`));
  const place = (n: number): string => (still[n] ? `x${n}` : `y${n}`);
  const isSum = (x: Instruction): boolean => x.op === 'load' && inputs[x.input]!.slot === output.slot;
  const fixed: boolean[] = [];
  body.forEach((x, k) => {
    if (x.op === 'load' || x.op === 'index') fixed.push(!isSum(x) && still[places[k]!]!);
    else fixed.push(argsOf(body, k).every((arg) => fixed[arg]));
  });
  const declare = (hoisted: boolean): void =>
    body.forEach((x, k) => {
      if (fixed[k] !== hoisted || x.op === 'const') return;
      const at = place(places[k]!);
      const text = isSum(x)
        ? round('result[t + c]')
        : instructionText(body, k, {
            load: (input) => `${source.slot(inputs[input]!.slot, inputs[input]!.dtype)}[${at}]`,
            index: () => at,
            value: (v) => names[v]!,
          });
      source.line(`const v${k} = ${text};`);
    });

  lines.forEach((_, n) => source.line(`const b${n} = bases[${n}] | 0, r${n} = rows[${n}], q${n} = columns[${n}];`));
  source.open('for (let r = 0; r < rowCount; r++)');
  source.line('const t = r * width;');
  lines.forEach((_, n) => source.line(`const x${n} = b${n} + r${n}[r];`));
  declare(true);
  source.open('for (let c = 0; c < columnCount; c++)');
  lines.forEach((_, n) => !still[n] && source.line(`const y${n} = x${n} + q${n}[c];`));
  declare(false);
  const store = (slot: number, dtype: DType, text: string): void => source.line(`${source.slot(slot, dtype)}[${place(0)}] = ${text};`);
  if (!outputs.some(({ slot }) => slot === output.slot)) store(output.slot, output.dtype, round('result[t + c]'));
  for (const { slot, dtype, value } of outputs) store(slot, dtype, names[value]!);
  source.close();
  source.close();
  const run = evaluate(`(k, c, s, result, width, rowCount, columnCount, bases, rows, columns) => { // store\n${source.text()}\n}`) as (
    k: readonly number[], c: readonly number[], ...args: Parameters<Store>
  ) => void;
  const { slots, constants: values } = source;
  return { lines, store: (...args) => run(slots, values, ...args) };
}

/** The epilogue of a contraction that has none: the sums as they are. */
function plainStore(output: ContractKernel['output'], shape: readonly number[]): MapKernel {
  const { slot, dtype } = output;
  const operand = { slot, dtype, shape, strides: shape.map(() => 0), offset: 0 };
  const body: Instruction[] = [{ op: 'load', input: 0, dtype }];
  return { kind: 'map', shape, inputs: [operand], constants: [], body, outputs: [{ slot, dtype, value: 0 }] };
}
