/** How layers, losses, optimisers and training read their options: an object of known names, or an error that says what is meant. */
import { ArgumentError } from '../errors';
import { isTensor } from '../tensor';

/** Fails to compile where a list leaves out a name that the options have. */
type Complete<O, K extends readonly unknown[]> = [Exclude<keyof O, K[number]>] extends [never]
  ? unknown
  : { readonly missing: Exclude<keyof O, K[number]> };

/**
 * The options as they were given, when they are an object with known names only. Anything else would silently mean nothing:
 * a bare value, as PyTorch takes it, or a name that is misspelt. Instances of classes may have more than the options: a layer
 * hands itself to its function.
 *
 * @param owner the layer or function, for the message.
 * @param known the names of all options; the first is shown as an example.
 * @returns what was given, or an object without options when nothing was, so that what is missing is reported by its own check.
 * @throws ArgumentError for what is no object of options, and for an unknown name.
 */
export function readOptions<O extends object, const K extends readonly (keyof O & string)[]>(
  owner: string,
  given: O,
  known: K & Complete<O, K>,
): O {
  const names: readonly string[] = known;
  const options: unknown = given;
  if (options === undefined) return {} as O;
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isTensor(options)) {
    throw new ArgumentError(`${owner}: options are ${shown(options)}; expected an object, such as ${example(options, names)}.`);
  }
  const kind: unknown = Object.getPrototypeOf(options);
  if (kind !== null && Object.getPrototypeOf(kind) !== null) return given;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || names.includes(name)) continue;
    const meant = names.find((other) => alike(plain(name), plain(other)));
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new ArgumentError(`${owner}: unknown option ${name}; expected ${names.join(', ')}.${hint}`);
  }
  return given;
}

function shown(value: unknown): string {
  if (isTensor(value)) return 'a tensor';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  return typeof value === 'string' ? `the string '${value}'` : value === null ? 'null' : `a ${typeof value}`;
}

/** The options as they were probably meant: a word is a reduction where there is one. */
function example(value: unknown, names: readonly string[]): string {
  const word = typeof value === 'string';
  const name = word && names.includes('reduction') ? 'reduction' : names[0];
  const simple = word ? `'${value}'` : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '...';
  return `{ ${name}: ${simple} }`;
}

/** snake_case and camelCase are the same name. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Whether at most two letters, of short names half of them, were left out, added or exchanged. */
function alike(a: string, b: string, edits = Math.min(2, Math.floor(b.length / 2))): boolean {
  if (a === b) return true;
  if (edits === 0) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const [x, y] = [a.slice(i), b.slice(i)];
  return [[x.slice(1), y], [x, y.slice(1)], [x.slice(1), y.slice(1)]].some(([p, q]) => alike(p!, q!, edits - 1));
}
