import { expect, test } from 'vitest';
import { importedPackages, manifestProblems } from './declared';

const manifest = { name: '@cotangent/x', version: '1.0.0' };

test('static, type-only, multi-line, re-exporting and dynamic imports are found, comments are not', () => {
  const source = [
    "import { a } from '@cotangent/tensor';",
    "import type { B } from '@cotangent/layers';",
    'import {\n  c,\n} from "@cotangent/io";',
    "export { d } from '@cotangent/data';",
    "const e = await import('@cotangent/train');",
    " * import { f } from '@cotangent/optimizers';",
  ].join('\n');
  expect(importedPackages("import { inv } from '@cotangent/tensor/linalg';")).toEqual(['@cotangent/tensor']);
  const names = ['data', 'io', 'layers', 'tensor', 'train'];
  expect(importedPackages(source)).toEqual(names.map((name) => `@cotangent/${name}`));
});

test('an import without an entry, an entry without an import and a foreign dependency are problems', () => {
  expect(manifestProblems(manifest, ['@cotangent/io'])).toEqual([
    'imports @cotangent/io, which is neither in dependencies nor in peerDependencies',
  ]);
  expect(manifestProblems({ ...manifest, dependencies: { '@cotangent/io': 'workspace:^' } }, [])).toHaveLength(1);
  expect(manifestProblems({ ...manifest, dependencies: { lodash: '4' } }, [])).toHaveLength(1);
  expect(manifestProblems({ ...manifest, peerDependencies: { '@cotangent/tensor': 'workspace:^' } }, ['@cotangent/tensor'])).toEqual([]);
});

test('tensor as an ordinary dependency is a problem', () => {
  expect(manifestProblems({ ...manifest, dependencies: { '@cotangent/tensor': '1' } }, ['@cotangent/tensor'])).toHaveLength(1);
});
