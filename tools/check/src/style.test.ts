import { expect, test } from 'vitest';
import { styleProblems } from './style';

test('clean text has no problems', () => {
  expect(styleProblems(`const a = 1;\n${'x'.repeat(140)}\n`)).toEqual([]);
  expect(styleProblems('')).toEqual([]);
});

test('long lines, tabs, trailing white space, CR LF and a missing last line end are found', () => {
  expect(styleProblems(`${'x'.repeat(141)}\n`)).toEqual(['line 1: 141 characters, at most 140']);
  expect(styleProblems('a\tb\n')).toEqual(['line 1: a tab; indent with two spaces']);
  expect(styleProblems('a\nb \n')).toEqual(['line 2: white space at the end']);
  expect(styleProblems('a\r\n')).toEqual(['line 1: ends in CR LF; use LF']);
  expect(styleProblems('a')).toEqual(['no line end at the end of the file']);
});
