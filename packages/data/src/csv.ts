/**
 * Comma-separated values as RFC 4180 describes them: quoted fields may hold commas, line breaks and doubled quotes.
 */
import { ArgumentError, FileError } from '@cotangent/tensor';
import type { NdArray } from './ndarray';

export interface CsvOptions {
  /** One character. Default a comma. */
  delimiter?: string;
  /** What to call the text in errors. Default `CSV`. */
  name?: string;
}

/**
 * The fields of every record, as text. Lines end in LF or CRLF, a byte order mark and a line break at the very end are
 * dropped, and so are lines without any character.
 *
 * @throws FileError for a quote that is not closed, text after a closing quote, a quote inside an unquoted field, and
 * records with different numbers of fields; it names line and column.
 * @example
 * ```ts
 * import { parseCsv } from '@cotangent/data';
 * console.log(parseCsv('a,"b ""x"", y"\r\n1,2\r\n')); // [['a', 'b "x", y'], ['1', '2']]
 * ```
 */
export function parseCsv(text: string, options: CsvOptions = {}): string[][] {
  const { delimiter = ',', name = 'CSV' } = options;
  if (delimiter.length !== 1 || delimiter === '"' || delimiter === '\n' || delimiter === '\r') {
    throw new ArgumentError(`parseCsv: delimiter is ${JSON.stringify(delimiter)}, expected one character that is no quote or line break.`);
  }
  const records: string[][] = [];
  let record: string[] = [];
  let line = 1;
  let lineStart = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let at = lineStart;
  const fail = (where: number, what: string): never => {
    throw new FileError(`${name}: line ${line}, column ${where - lineStart + 1}: ${what}`);
  };
  const width = (): void => {
    const expected = records[0]?.length;
    if (expected !== undefined && record.length !== expected) {
      throw new FileError(`${name}: line ${line}: expected ${expected} fields as in the first record, found ${record.length}.`);
    }
  };
  while (at < text.length) {
    if (record.length === 0 && endOfLine(text, at) > 0) {
      at += endOfLine(text, at);
      line++;
      lineStart = at;
      continue;
    }
    let field: string;
    if (text[at] === '"') {
      const open = at;
      const openLine = line;
      let end = text.indexOf('"', at + 1);
      while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end === -1) fail(open, 'this quote is never closed. The file is truncated, or a quote inside a field is not doubled.');
      field = text.slice(open + 1, end).replaceAll('""', '"');
      const breaks = text.slice(open, end).split('\n').length - 1;
      at = end + 1;
      if (at < text.length && text[at] !== delimiter && endOfLine(text, at) === 0) {
        if (breaks > 0) lineStart = text.lastIndexOf('\n', at) + 1;
        line = openLine + breaks;
        fail(at, `expected ${JSON.stringify(delimiter)} or the end of the line after a closing quote, found ${JSON.stringify(text[at])}.`);
      }
      line = openLine + breaks;
      if (breaks > 0) lineStart = text.lastIndexOf('\n', end) + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== delimiter && endOfLine(text, at) === 0) {
        if (text[at] === '"') fail(at, 'a quote inside an unquoted field. Put the field in quotes and double the quotes inside.');
        at++;
      }
      field = text.slice(start, at);
    }
    record.push(field);
    if (text[at] === delimiter) {
      at++;
      // A delimiter at the very end of the text is followed by an empty field.
      if (at < text.length && endOfLine(text, at) === 0) continue;
      record.push('');
    }
    width();
    records.push(record);
    record = [];
    at += endOfLine(text, at);
    line++;
    lineStart = at;
  }
  return records;
}

/** A table of text with named columns. Made by `readCsv`. */
export class CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly #name: string;

  constructor(columns: readonly string[], rows: readonly (readonly string[])[], name: string) {
    this.columns = columns;
    this.rows = rows;
    this.#name = name;
  }

  /**
   * Columns as numbers, `[rows, columns]`. An empty field and `NaN` become NaN.
   *
   * @param columns names, in the order wanted. Default: all.
   * @throws FileError when a field is not a number, ArgumentError when there is no such column.
   */
  numbers(columns: readonly string[] = this.columns): NdArray<Float32Array> {
    const places = columns.map((column) => this.#place(column));
    const data = new Float32Array(this.rows.length * places.length);
    this.rows.forEach((row, r) => {
      places.forEach((place, c) => {
        const field = row[place]!.trim();
        const value = field === '' ? NaN : Number(field);
        if (Number.isNaN(value) && field !== '' && field.toLowerCase() !== 'nan') {
          throw new FileError(
            `${this.#name}: row ${r}, column ${JSON.stringify(this.columns[place])} is ${JSON.stringify(field)}, expected a number. ` +
              'Leave the column out, or read it with categories().',
          );
        }
        data[r * places.length + c] = value;
      });
    });
    return { data, shape: [this.rows.length, places.length] };
  }

  /**
   * A column of names as numbers: `codes[i]` is the place of row i's name in `names`, which is sorted.
   *
   * @throws ArgumentError when there is no such column.
   */
  categories(column: string): { codes: Int32Array; names: string[] } {
    const place = this.#place(column);
    // Code units rather than the locale, so that the codes are the same on every machine.
    const names = [...new Set(this.rows.map((row) => row[place]!))].sort();
    const code = new Map(names.map((name, i) => [name, i]));
    return { codes: Int32Array.from(this.rows, (row) => code.get(row[place]!)!), names };
  }

  #place(column: string): number {
    const place = this.columns.indexOf(column);
    if (place === -1) {
      throw new ArgumentError(`${this.#name}: no column ${JSON.stringify(column)}. There are: ${this.columns.join(', ')}.`);
    }
    return place;
  }
}

/**
 * Reads a table. Without a header the columns are called `0`, `1`, ...
 *
 * @throws FileError as `parseCsv`, and when the text is empty or two columns have the same name.
 * @example
 * ```ts
 * import { readCsv } from '@cotangent/data';
 * const table = readCsv('size,colour\n1.5,red\n2,blue\n');
 * console.log(table.numbers(['size']).data, table.categories('colour')); // 1.5 2, codes 1 0 of blue, red
 * ```
 */
export function readCsv(text: string | Uint8Array, options: CsvOptions & { header?: boolean } = {}): CsvTable {
  const { header = true, name = 'CSV' } = options;
  const records = parseCsv(typeof text === 'string' ? text : new TextDecoder().decode(text), options);
  const first = records[0];
  if (first === undefined) throw new FileError(`${name}: the text is empty, expected at least one line.`);
  if (!header) return new CsvTable(first.map((_, i) => String(i)), records, name);
  const twice = first.find((column, i) => first.indexOf(column) !== i);
  if (twice !== undefined) {
    throw new FileError(`${name}: two columns are called ${JSON.stringify(twice)}. Rename one, or read with header: false.`);
  }
  return new CsvTable(first, records.slice(1), name);
}

/** Characters of the line break at `at`; 0 when there is none. */
function endOfLine(text: string, at: number): number {
  if (text[at] === '\n') return 1;
  return text[at] === '\r' && text[at + 1] === '\n' ? 2 : 0;
}
