/** One curve, or several by name, as charts take them. */
import { ArgumentError } from '@cotangent/tensor';
import { describe } from '../check';

/** A curve, or several of them by the names that the legend shall have. */
export type OneOrMore<C> = C | Readonly<Record<string, C>>;

/** The curves with their names; one alone has the name ''. @throws ArgumentError for anything else, and lists of different length. */
export function namedCurves<C extends object>(
  chart: string,
  maker: string,
  curves: OneOrMore<C>,
  lists: readonly (keyof C & string)[],
): [string, C][] {
  const given: unknown = curves;
  if (typeof given !== 'object' || given === null) {
    throw new ArgumentError(`${chart}: got ${describe(given)}; expected what ${maker} gives.`);
  }
  const isOne = Array.isArray((curves as C)[lists[0]!]);
  const named: [string, C][] = isOne ? [['', curves as C]] : Object.entries(curves as Readonly<Record<string, C>>);
  if (named.length === 0) throw new ArgumentError(`${chart}: there are no curves; expected at least one.`);
  for (const [name, curve] of named) {
    const lengths = lists.map((list) => (curve as Readonly<Record<string, readonly number[] | undefined>> | undefined)?.[list]?.length);
    if (lengths[0] !== undefined && lengths[0] > 0 && lengths.every((length) => length === lengths[0])) continue;
    const which = name === '' ? 'the curve' : `curve '${name}'`;
    const found = lists.map((list, i) => `${lengths[i] ?? 'no'} ${list}`).join(' and ');
    throw new ArgumentError(`${chart}: ${which} has ${found}; expected lists of one length, as ${maker} gives them.`);
  }
  return named;
}

/** A name with a figure, for the legend. */
export function legendName(name: string, figure: string, value: number): string {
  return `${name === '' ? '' : `${name}: `}${figure} ${Number.isFinite(value) ? value.toFixed(3) : 'undefined'}`;
}
