/** Turns plans into functions with `new Function`, and keeps the functions by their text. */
import type { ContractKernel, Instruction, Kernel, Slot, TypedArray } from '@cotangent/tensor';
import { TILE_COLUMNS, TILE_ROWS, type ContractMemory } from '../contract/panels';
import { bindContract } from '../contract/run';
import { ENVIRONMENT } from '../environment';
import { bindHost } from '../host';
import { asRow } from '../rows';
import { windowMover } from '../windows';
import { fitsBlocks, generatedPack, generatedStore } from './contract';
import { gatherSource, scatterSource } from './indexing';
import { concatSource, padSource } from './movement';
import { poolGradientSource, poolSource } from './pool';
import { rowSource } from './row';
import { scanSource } from './scan';
import { specialName } from './scalar';
import type { KernelSource } from './source';

/** Kernels ready to run on the slots of their plan. */
export type Bound = (slots: readonly TypedArray[]) => void;

/** Functions kept at most; beyond that the oldest are forgotten, so that ever-changing programs do not grow. */
const LIMIT = 4096;

type Simple = Exclude<Kernel, { kind: 'contract' | 'host' | 'sort' | 'search' | 'repeat' | 'group' }>;

interface Made {
  readonly value: unknown;
  /** What other functions call it by. */
  readonly name: string;
}

/** A part of a plan's function: a call, and where its arguments begin. */
interface Call {
  readonly at: number;
  readonly name?: string;
  readonly text: string;
  count: number;
}

export class Generator {
  private readonly functions = new Map<string, Made>();
  private names = 0;
  /** What generated text reaches as `env.name`, with the special functions that kernels brought along. */
  private readonly environment: Record<string, unknown> = { ...ENVIRONMENT };
  /** Functions of kernels compiled so far. */
  compiled = 0;

  constructor(private readonly memory: ContractMemory) {}

  /** One function that runs the kernels in order. Plans that differ only in sizes and the like share its text. */
  link(kernels: readonly Kernel[], slots: readonly Slot[]): Bound {
    const args: unknown[] = [];
    const used: Record<string, unknown> = {};
    const text = this.calls(kernels, slots, args, used);
    const run = this.evaluate(`(s, a) => {\n${text}\n}`, used).value as (s: readonly TypedArray[], a: readonly unknown[]) => void;
    return (s) => run(s, args);
  }

  private calls(kernels: readonly Kernel[], slots: readonly Slot[], args: unknown[], used: Record<string, unknown>): string {
    const calls: Call[] = [];
    for (const kernel of kernels.flatMap((k): readonly Exclude<Kernel, { kind: 'group' }>[] => (k.kind === 'group' ? k.maps : [k]))) {
      const at = args.length;
      if (kernel.kind === 'repeat') {
        args.push(kernel.trips, windowMover(kernel.windows, slots));
        const inner = this.calls(kernel.kernels, slots, args, used);
        calls.push({ at, count: 1, text: `for (let t = 0; t < a[${at}]; t++) {\na[${at + 1}](s, t);\n${inner}\n}` });
      } else if (kernel.kind === 'contract' || 'run' in kernel) {
        args.push(kernel.kind === 'contract' ? this.contraction(kernel, slots) : bindHost(kernel));
        calls.push({ at, count: 1, text: `a[${at}](s);` });
      } else {
        if ('body' in kernel) this.lend(kernel.body);
        const source = sourceOf(kernel);
        const { name, value } = this.compile(`(s, k, p, c) => { // ${kernel.kind}\n${source.text()}\n}`);
        used[name] = value;
        args.push(source.slots, source.params, source.constants);
        const before = calls.at(-1);
        if (before?.name === name) before.count++;
        else calls.push({ at, name, count: 1, text: `${name}(s, a[i], a[i + 1], a[i + 2]);` });
      }
    }
    // Neighbours that share a function, such as the updates of parameters, are a loop.
    return calls
      .map(({ at, name, text, count }) => (name === undefined ? text : `for (let i = ${at}; i < ${at + 3 * count}; i += 3) ${text}`))
      .join('\n');
  }

  private contraction(kernel: ContractKernel, slots: readonly Slot[]): Bound {
    const evaluate = (text: string): unknown => this.compile(text).value;
    const { epilogue, ...bare } = kernel;
    if (epilogue) this.lend(epilogue.body);
    const within = epilogue === undefined || fitsBlocks(kernel);
    const contract = bindContract(kernel, this.memory, {
      packA: (checked) => generatedPack(evaluate, kernel.a.dtype, checked, TILE_ROWS),
      packB: (checked) => generatedPack(evaluate, kernel.b.dtype, checked, TILE_COLUMNS),
      store: (out, columns) => generatedStore(evaluate, within ? kernel : bare, out, columns),
    });
    if (within) return contract;
    const after = this.link([epilogue], slots);
    return (s) => {
      contract(s);
      after(s);
    };
  }

  private lend(body: readonly Instruction[]): void {
    for (const x of body) if ('call' in x) this.environment[specialName(x)] = x.call;
  }

  private compile(text: string): Made {
    const before = this.names;
    const made = this.evaluate(text, {});
    this.compiled += this.names - before;
    return made;
  }

  /** The value of an expression that may use the given functions by name. */
  private evaluate(text: string, used: Readonly<Record<string, unknown>>): Made {
    const known = this.functions.get(text);
    if (known) return known;
    const head = `'use strict';\nconst {${Object.keys(used).join()}} = f;\n`;
    // The text comes from this package's generators: no value or name of the program is ever part of it.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const make = new Function('env', 'f', `${head}return ${text};`) as (env: object, f: typeof used) => unknown;
    const made = { value: make(this.environment, used), name: `f${this.names++}` };
    if (this.functions.size >= LIMIT) this.functions.delete(this.functions.keys().next().value!);
    this.functions.set(text, made);
    return made;
  }
}

function sourceOf(kernel: Simple): KernelSource {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'row':
      return rowSource(asRow(kernel));
    case 'scan':
      return scanSource(kernel);
    case 'gather':
      return gatherSource(kernel);
    case 'scatter':
      return scatterSource(kernel);
    case 'pad':
      return padSource(kernel);
    case 'concat':
      return concatSource(kernel);
    case 'pool':
      return poolSource(kernel);
    case 'poolGradient':
      return poolGradientSource(kernel);
  }
}

/** Whether this page or process allows code from text; a strict Content-Security-Policy forbids it. */
export function codeGenerationAllowed(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return (new Function('return 1') as () => number)() === 1;
  } catch {
    return false;
  }
}
