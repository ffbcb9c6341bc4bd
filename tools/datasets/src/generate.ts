/**
 * Writes packages/datasets/src/*.data.ts from the tables as scikit-learn distributes them (sklearn/datasets/data; Debian's package
 * python3-sklearn has them too): digits.csv.gz, iris.csv and wine_data.csv in one folder.
 *
 *   node --import ./tools/run/ts.mjs tools/datasets/src/generate.ts <folder>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: generate.ts <folder with digits.csv.gz, iris.csv, wine_data.csv>');

const PIXELS = 'A label, then 64 pixels: a small letter is one pixel (a = 0 ... q = 16), a capital a run of zeros (A = 2 ... Z = 27).';
write('digits', PIXELS, digits());
write('iris', 'Four lengths in centimetres and the species.', table('iris.csv', 150, 4));
write('wine', 'Thirteen measurements and the class.', table('wine_data.csv', 178, 13));

function digits(): string[] {
  const rows = lines(gunzipSync(readFileSync(join(folder!, 'digits.csv.gz'))).toString());
  return rows.map((row) => {
    const values = row.split(',').map(Number);
    const pixels = values.slice(0, 64);
    if (values.length !== 65 || pixels.some((value) => !Number.isInteger(value) || value < 0 || value > 16)) {
      throw new Error(`digits.csv.gz: expected 64 whole numbers from 0 to 16 and a label, found ${row}`);
    }
    const letters = String.fromCharCode(...pixels.map((value) => 97 + value));
    return values[64] + letters.replace(/a{2,27}/g, (run) => String.fromCharCode(63 + run.length));
  });
}

/** A table whose first line is "rows,columns,class names"; numbers lose needless zeros. */
function table(file: string, count: number, features: number): string[] {
  const [first, ...rows] = lines(readFileSync(join(folder!, file), 'utf8'));
  if (!first?.startsWith(`${count},${features},`) || rows.length !== count) {
    throw new Error(`${file}: expected ${count} rows of ${features} features, found ${rows.length} rows after "${first}"`);
  }
  return rows.map((row) => row.split(',').map(Number).join(','));
}

function lines(text: string): string[] {
  return text.trim().split(/\r?\n/);
}

function write(name: string, comment: string, rows: readonly string[]): void {
  const target = new URL(`../../../packages/datasets/src/${name}.data.ts`, import.meta.url);
  const head = `// Written by tools/datasets/src/generate.ts. Source and licence: data/${name}.md.\n// ${comment}\n`;
  writeFileSync(target, `${head}export const ${name.toUpperCase()} = \`\n${rows.join('\n')}\n\`;\n`);
}
