import { expect, test } from 'vitest';
import { codeBlocks, docExamples } from './code-blocks';

test('blocks of TypeScript are found with their flags and lines, others are not', () => {
  const text = 'Hello\n```sh\nnpm i\n```\n```ts node\nconst a = 1;\n```\n\n```ts\nb();\n```\n';
  expect(codeBlocks(text)).toEqual([
    { code: 'const a = 1;\n', flags: ['node'], line: 5 },
    { code: 'b();\n', flags: [], line: 9 },
  ]);
});

test('the indentation of the fence is taken off its lines', () => {
  expect(codeBlocks('- item\n  ```ts\n  if (a) {\n    b();\n  }\n  ```\n')[0]?.code).toBe('if (a) {\n  b();\n}\n');
});

test('the examples of doc comments are found with the line of their fence', () => {
  const source = [
    'const a = 1;',
    '/**',
    ' * Adds.',
    ' *',
    ' * @example',
    ' * ```ts',
    ' * add(1, 2);',
    ' * ```',
    ' * @throws never',
    ' */',
    'export function add(): void {}',
    '',
  ].join('\n');
  expect(docExamples(source)).toEqual({ blocks: [{ code: 'add(1, 2);\n', flags: [], line: 6 }], problems: [] });
});

test('an example without a block is a problem', () => {
  expect(docExamples('/**\n * @example\n * add(1, 2)\n */\n').problems).toEqual(['line 2: @example without a ```ts block']);
});

test('a block that belongs to the next tag is no example', () => {
  expect(docExamples('/**\n * @example\n * @remarks\n * ```ts\n * add();\n * ```\n */\n').blocks).toEqual([]);
});
