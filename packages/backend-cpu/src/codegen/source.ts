/**
 * The text of one generated kernel: a JavaScript function of (s, k, p, c), where s are the slots of the plan, k the slot
 * numbers, p integers (sizes, strides, offsets) and c constants. The text names none of their values, so kernels that
 * differ only in those share one function; the text itself is the key of the cache.
 */
import type { DType, TypedArray } from '@cotangent/tensor';

export type Compiled = (s: readonly TypedArray[], k: readonly number[], p: readonly number[], c: readonly number[]) => void;

/** Where an operand is read or written while loops run: an expression and its stride in every loop. */
export interface Cursor {
  readonly at: string;
  readonly steps: readonly number[];
}

export class KernelSource {
  readonly slots: number[] = [];
  readonly params: number[] = [];
  readonly constants: number[] = [];
  private readonly header: string[] = [];
  private readonly lines: string[] = [];
  private indent = '  ';
  private readonly arrays = new Map<string, string>();
  private names = 0;

  /** A typed array of the plan; the dtype is part of the text, because engines optimise per element type. */
  slot(id: number, dtype: DType): string {
    const key = `${id} ${dtype}`;
    let name = this.arrays.get(key);
    if (name === undefined) {
      name = `s${this.slots.length}`;
      this.arrays.set(key, name);
      this.header.push(`  const ${name} = s[k[${this.slots.length}]]; // ${dtype}`);
      this.slots.push(id);
    }
    return name;
  }

  /** Where an operand begins. Most begin at 0, and are found to walk together by that. */
  offset(value: number): string {
    return value === 0 ? '0' : this.param(value);
  }

  /** An integer known when the kernel is bound. */
  param(value: number): string {
    const name = `p${this.params.length}`;
    this.header.push(`  const ${name} = p[${this.params.length}] | 0;`);
    this.params.push(value);
    return name;
  }

  /** A constant of the kernel, already converted to its dtype; `wrap` tells the engine its type. */
  constant(value: number, wrap: (text: string) => string): string {
    const name = `c${this.constants.length}`;
    this.header.push(`  const ${name} = ${wrap(`c[${this.constants.length}]`)};`);
    this.constants.push(value);
    return name;
  }

  name(prefix: string): string {
    return `${prefix}${this.names++}`;
  }

  line(text: string): void {
    this.lines.push(this.indent + text);
  }

  open(text: string): void {
    this.line(`${text} {`);
    this.indent += '  ';
  }

  close(): void {
    this.indent = this.indent.slice(2);
    this.line('}');
  }

  /**
   * Nested loops over `sizes` (numbers, or the text of one), outermost first. `body` receives where each cursor stands and the
   * loop variables; `beforeInner` writes what does not change in the innermost loop (it runs before `body` and once without
   * loops). Cursors that move together share a variable.
   */
  nest(
    sizes: readonly (number | string)[],
    cursors: readonly Cursor[],
    body: (at: readonly string[], index: readonly string[]) => void,
    beforeInner?: (at: readonly string[], index: readonly string[]) => void,
  ): void {
    let at = cursors.map((cursor) => cursor.at);
    const index: string[] = [];
    sizes.forEach((size, depth) => {
      if (depth === sizes.length - 1) beforeInner?.(at, index);
      const i = this.name('i');
      const begin = [`${i} = 0`];
      const next = [`${i}++`];
      const walkers = new Map([['0 1', i]]);
      at = at.map((outer, j) => {
        const step = cursors[j]!.steps[depth]!;
        if (step === 0) return outer;
        const key = `${outer} ${step}`;
        let inner = walkers.get(key);
        if (inner === undefined) {
          walkers.set(key, (inner = this.name('x')));
          begin.push(`${inner} = ${outer}`);
          next.push(step === 1 ? `${inner}++` : `${inner} += ${this.param(step)}`);
        }
        return inner;
      });
      index.push(i);
      const limit = typeof size === 'string' ? size : this.param(size);
      this.open(`for (let ${begin.join(', ')}; ${i} < ${limit}; ${next.join(', ')})`);
    });
    if (sizes.length === 0) {
      this.open('');
      beforeInner?.(at, index);
    }
    body(at, index);
    for (let depth = Math.max(sizes.length, 1); depth > 0; depth--) this.close();
  }

  /** The body of `(s, k, p, c) => void`. */
  text(): string {
    return [...this.header, ...this.lines].join('\n');
  }
}
