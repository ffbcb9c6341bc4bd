/**
 * Maxima that need not be exact about NaN and the sign of zero, as in softmax, log-softmax and log-sum-exp:
 * m = max(x), d = x - m, e = exp(d), s = sum(e), L = log(s). A NaN in the row makes s, and with it all that is computed from s,
 * NaN whatever m is; and where both zeros could be m, s is at least 2, so that the sign of d is lost in e and in d - L.
 */
import { argumentsOf, type Fold, type Instruction } from './body';

/** Marks the maxima that may be loose. All instructions of the body must be in use; `results` leave the program. */
export function loosenMaxima(body: readonly Instruction[], results: readonly number[]): Instruction[] {
  const users = body.map((): number[] => []);
  body.forEach((_, i) => {
    for (const arg of new Set(argumentsOf(body, i))) users[arg]!.push(i);
  });
  const leaves = new Set(results);
  return body.map((x, i) => {
    if (x.op !== 'fold' || x.fold !== 'max' || x.dtype !== 'float32') return x;
    return mayBeLoose(body, users, leaves, i) ? ({ ...x, loose: true } as const) : x;
  });
}

function mayBeLoose(body: readonly Instruction[], users: readonly number[][], leaves: ReadonlySet<number>, max: number): boolean {
  const x = (body[max] as Fold).args[0];
  const difference = users[max]!.find((i) => is(body[i], 'sub', x, max));
  const power = difference === undefined ? undefined : users[difference]!.find((i) => ['exp', 'expNegative'].includes(body[i]!.op));
  const sum = power === undefined ? undefined : users[power]!.find((i) => {
    const user = body[i]!;
    return user.op === 'fold' && user.fold === 'sum';
  });
  if (difference === undefined || power === undefined || sum === undefined) return false;
  if ([max, difference, power].some((i) => leaves.has(i))) return false;
  const log = users[sum]!.find((i) => body[i]!.op === 'log');
  const reciprocal = users[sum]!.find((i) => body[i]!.op === 'recip');
  const all = (value: number, allowed: (user: number) => boolean): boolean => users[value]!.every(allowed);
  return (
    all(max, (i) => i === difference || (log !== undefined && (is(body[i], 'add', max, log) || is(body[i], 'add', log, max)))) &&
    all(difference, (i) => i === power || (log !== undefined && is(body[i], 'sub', difference, log))) &&
    all(power, (i) => i === sum || is(body[i], 'div', power, sum) || (reciprocal !== undefined && is(body[i], 'mul', power, reciprocal)))
  );
}

function is(x: Instruction | undefined, op: 'add' | 'sub' | 'mul' | 'div', a: number, b: number): boolean {
  return x?.op === op && x.args[0] === a && x.args[1] === b;
}
