/** Rewrites of scalar programs that save time and change no result. */
import type { Instruction } from './body';

/** The program rewritten, and where each of its values is now. */
export interface Simplified {
  readonly body: readonly Instruction[];
  readonly at: readonly number[];
}

export function simplify(given: readonly Instruction[], constants: readonly number[]): Simplified {
  const body: Instruction[] = [];
  const at: number[] = [];
  for (const old of given) {
    let x = ('args' in old ? { ...old, args: old.args.map((arg) => at[arg]!) } : old) as Instruction;
    if (x.op === 'exp' && x.dtype === 'float32' && isNegative(body, constants, x.args[0])) {
      x = { op: 'expNegative', args: x.args, dtype: x.dtype };
    } else if (x.op === 'where') {
      const [condition, yes, no] = [x.args[0], body[x.args[1]]!, body[x.args[2]]!];
      // Both ways of a sigmoid divide by the same number.
      if (yes.op === 'div' && no.op === 'div' && yes.args[1] === no.args[1]) {
        const dividend = body.push({ op: 'where', args: [condition, yes.args[0], no.args[0]], dtype: x.dtype }) - 1;
        x = { op: 'div', args: [dividend, yes.args[1]], dtype: x.dtype };
      }
    }
    at.push(body.push(x) - 1);
  }
  return { body, at };
}

/** Whether a value is at most 0, or NaN, by its form: what stable formulas give to exp. */
function isNegative(body: readonly Instruction[], constants: readonly number[], value: number): boolean {
  const x = body[value]!;
  switch (x.op) {
    case 'sub': {
      const from = body[x.args[1]]!;
      return from.op === 'fold' && from.fold === 'max' && from.args[0] === x.args[0];
    }
    case 'neg': {
      const of = body[x.args[0]]!;
      return of.op === 'abs' || (of.op === 'mul' && of.args[0] === of.args[1]);
    }
    case 'where': {
      // x > 0 ? -x : x
      const [condition, yes, no] = [body[x.args[0]]!, body[x.args[1]]!, x.args[2]];
      if (condition.op !== 'lt' || yes.op !== 'neg' || yes.args[0] !== no || condition.args[1] !== no) return false;
      const limit = body[condition.args[0]]!;
      return limit.op === 'const' && constants[limit.constant] === 0;
    }
    default:
      return false;
  }
}
