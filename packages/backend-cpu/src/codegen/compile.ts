/** Turns kernels into functions with `new Function`, and keeps the functions by their text. */
import type { Kernel, TypedArray } from '@cotangent/tensor';
import { TILE_COLUMNS, TILE_ROWS, type ContractMemory } from '../contract/panels';
import { bindContract } from '../contract/run';
import { ENVIRONMENT } from '../environment';
import { bindHost } from '../host';
import { generatedPack, generatedStore } from './contract';
import { gatherSource, scatterSource } from './indexing';
import { mapSource } from './map';
import { concatSource, padSource } from './movement';
import { poolSource } from './pool';
import { reduceSource } from './reduce';
import { scanSource } from './scan';
import type { Compiled, KernelSource } from './source';

/** A kernel ready to run on the slots of its plan. */
export type Bound = (slots: readonly TypedArray[]) => void;

/** Functions kept at most; beyond that the oldest are forgotten, so that ever-changing programs do not grow. */
const LIMIT = 4096;

export class Generator {
  private readonly functions = new Map<string, unknown>();
  /** Functions compiled so far. */
  compiled = 0;

  constructor(private readonly memory: ContractMemory) {}

  bind(kernel: Kernel): Bound {
    switch (kernel.kind) {
      case 'map':
        return this.link(mapSource(kernel));
      case 'reduce':
        return this.link(reduceSource(kernel));
      case 'scan':
        return this.link(scanSource(kernel));
      case 'gather':
        return this.link(gatherSource(kernel));
      case 'scatter':
        return this.link(scatterSource(kernel));
      case 'pad':
        return this.link(padSource(kernel));
      case 'concat':
        return this.link(concatSource(kernel));
      case 'pool':
        return this.link(poolSource(kernel));
      case 'contract': {
        const evaluate = (text: string): unknown => this.evaluate(text);
        return bindContract(kernel, this.memory, {
          packA: (map) => generatedPack(evaluate, kernel.a.dtype, map, TILE_ROWS),
          packB: (map) => generatedPack(evaluate, kernel.b.dtype, map, TILE_COLUMNS),
          store: () => generatedStore(evaluate, kernel.output.dtype),
        });
      }
      case 'host':
        return bindHost(kernel);
    }
  }

  private link(source: KernelSource): Bound {
    const run = this.evaluate(`(s, k, p, c) => { ${source.text()}\n}`) as Compiled;
    const { slots, params, constants } = source;
    return (s) => run(s, slots, params, constants);
  }

  private evaluate(text: string): unknown {
    const known = this.functions.get(text);
    if (known !== undefined) return known;
    // The text comes from this package's generators: no value or name of the program is ever part of it.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const made = (new Function('env', `'use strict';\nreturn ${text};`) as (env: typeof ENVIRONMENT) => unknown)(ENVIRONMENT);
    this.compiled++;
    if (this.functions.size >= LIMIT) this.functions.delete(this.functions.keys().next().value!);
    this.functions.set(text, made);
    return made;
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
