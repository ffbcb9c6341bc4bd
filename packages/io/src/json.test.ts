import { expect, it } from 'vitest';
import { ArgumentError } from '@cotangent/tensor';
import { parse, stringify, type JsonValue } from './json';

it('keeps every number, also NaN, infinities and -0', () => {
  const value: JsonValue = { a: [NaN, Infinity, -Infinity, -0, 0, 1e-300, 0.1], b: { c: null, d: true, e: 'text' } };
  expect(parse(stringify(value, 'value'))).toEqual(value);
  expect(Object.is(parse(stringify(-0, 'value')), -0)).toBe(true);
});

it('drops undefined members of objects as JSON does', () => {
  expect(parse(stringify({ a: undefined, b: 1 }, 'value'))).toEqual({ b: 1 });
});

it('names the place of what is no JSON value', () => {
  const bad = (value: unknown): (() => string) => () => stringify(value, 'extra');
  expect(bad({ list: [1, () => 2] })).toThrow(/extra\.list\[1\] is a function/);
  expect(bad({ map: new Map() })).toThrow(/extra\.map is a Map/);
  expect(bad(10n)).toThrow(ArgumentError);
  expect(bad([undefined])).toThrow(/extra\[0\] is a undefined/);
  expect(bad({ $number: '3' })).toThrow(/Rename/);
});
