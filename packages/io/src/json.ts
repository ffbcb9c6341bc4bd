/**
 * JSON that keeps every number, the ones that JSON has no word for too: a loop that remembers its best loss starts from
 * infinity.
 */
import { ArgumentError } from '@cotangent/tensor';

/** What can be written as JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

const MARK = '$number';

/**
 * The value as text; NaN, infinities and -0 are kept.
 *
 * @param where names the value in errors.
 * @throws ArgumentError for anything that is no JSON value, with its place.
 */
export function stringify(value: unknown, where: string): string {
  return JSON.stringify(prepare(value, where));
}

/** What `stringify` was given. Throws a SyntaxError when the text is damaged. */
export function parse(text: string): JsonValue {
  return JSON.parse(text, (_, value: unknown) => {
    const marked = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[MARK] : undefined;
    return typeof marked === 'string' ? Number(marked) : value;
  }) as JsonValue;
}

function prepare(value: unknown, where: string): unknown {
  if (Object.is(value, -0)) return { [MARK]: '-0' };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { [MARK]: String(value) };
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item, i) => prepare(item, `${where}[${i}]`));
  if (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)) {
    if (Object.hasOwn(value, MARK)) throw new ArgumentError(`${where} has the key ${MARK}, which marks numbers here. Rename it.`);
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, prepare(item, `${where}.${key}`)]));
  }
  const what = typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`;
  throw new ArgumentError(`${where} is ${what}, expected null, a boolean, number or string, or lists and plain objects of them.`);
}
