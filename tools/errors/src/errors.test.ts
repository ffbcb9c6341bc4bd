import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { CotangentError, use } from '@cotangent/tensor';
import { files } from './cases/files';
import { graphs } from './cases/graphs';
import { numerics } from './cases/numerics';
import { shapes } from './cases/shapes';
import { training } from './cases/training';
import { values } from './cases/values';
import { caseTexts } from './source';
import { page, type Part, type Row } from './table';

const PAGE = new URL('../../../docs/errors.md', import.meta.url);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILES = { shapes, values, numerics, graphs, training, files };

const parts = Object.entries(FILES).flatMap(([file, sections]) => {
  const texts = caseTexts(new URL(`./cases/${file}.ts`, import.meta.url));
  return sections.map(({ title, cases }) => ({ title, cases: cases.map((run, i) => ({ input: texts.get(title)![i]!, run })) }));
});

beforeAll(async () => {
  await use(cpu());
});

/** The error of a case that must fail. */
async function failure(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

const done: Part[] = [];

for (const { title, cases } of parts) {
  describe(title, () => {
    const rows: Row[] = [];
    done.push({ title, rows });
    it.each(cases)('$input', async ({ input, run }) => {
      const error = await failure(run);
      expect(error, 'an error of this library').toBeInstanceOf(CotangentError);
      const { code, constructor } = error as CotangentError;
      const message = (error as CotangentError).message.replaceAll(ROOT, '');
      expect(message).toMatch(/^\S.{20,}/s);
      expect(message).not.toMatch(/(?<!got )undefined|\[object/);
      rows.push({ input, error: constructor.name, code, message });
    });
  });
}

describe('docs/errors.md', () => {
  it('is what these cases give', () => {
    const text = page(done);
    if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text);
    expect(readFileSync(PAGE, 'utf8')).toBe(text);
  });
});
