import { describe, expect, it } from 'vitest';
import { ArgumentError, FileError } from '@cotangent/tensor';
import { parseCsv, readCsv } from './csv';

describe('parseCsv', () => {
  it('reads quotes, doubled quotes, commas and line breaks inside quotes', () => {
    const text = 'name,"a,b",note\r\nx,1.5,plain\r\n"""q""",-2e3,"comma, inside"\r\né漢,,"line\nbreak"\r\n,NaN,"quote """" end"\r\n';
    expect(parseCsv(text)).toEqual([
      ['name', 'a,b', 'note'],
      ['x', '1.5', 'plain'],
      ['"q"', '-2e3', 'comma, inside'],
      ['é漢', '', 'line\nbreak'],
      ['', 'NaN', 'quote "" end'],
    ]);
  });

  it('needs no line break at the end and takes LF, CRLF, empty fields and a byte order mark', () => {
    expect(parseCsv('\ufeffa,b\n1,\n,2\r\n,')).toEqual([['a', 'b'], ['1', ''], ['', '2'], ['', '']]);
    expect(parseCsv('"",""\n"",x')).toEqual([['', ''], ['', 'x']]);
    expect(parseCsv('')).toEqual([]);
    expect(parseCsv('a\n\n\nb\n')).toEqual([['a'], ['b']]);
  });

  it('takes another delimiter', () => {
    expect(parseCsv('a;"b;c"\n1,5;2', { delimiter: ';' })).toEqual([['a', 'b;c'], ['1,5', '2']]);
    for (const delimiter of ['', '||', '"', '\n']) expect(() => parseCsv('a', { delimiter })).toThrow(ArgumentError);
  });

  it('says where damage is', () => {
    expect(() => parseCsv('a,b\n1,"x\ny')).toThrow(/CSV: line 2, column 3: this quote is never closed/);
    expect(() => parseCsv('a,b\n"1\n2"x,3', { name: 'f.csv' })).toThrow(/f\.csv: line 3, column 3: expected ","/);
    expect(() => parseCsv('a,b\n1,2"3')).toThrow(/line 2, column 4: a quote inside an unquoted field/);
    expect(() => parseCsv('a,b\n"x\ny",2\n1,2,3')).toThrow(/line 4: expected 2 fields as in the first record, found 3/);
    expect(() => parseCsv('a,"b\nc"\n"d",e"')).toThrow(/line 3, column 6/);
    expect(() => parseCsv('a,b\n1')).toThrow(FileError);
  });
});

describe('readCsv', () => {
  const table = readCsv('size,colour,n\n1.5,red,3\n,blue, -4e1\nNaN,red,0\n');

  it('gives columns as numbers, missing ones as NaN', () => {
    expect(table.columns).toEqual(['size', 'colour', 'n']);
    expect(table.numbers(['n', 'size'])).toEqual({ data: Float32Array.of(3, 1.5, -40, NaN, 0, NaN), shape: [3, 2] });
  });

  it('gives a column of names as codes', () => {
    expect(table.categories('colour')).toEqual({ codes: Int32Array.of(1, 0, 1), names: ['blue', 'red'] });
  });

  it('reads bytes and tables without a header', () => {
    const plain = readCsv(new TextEncoder().encode('1,2\n3,4\n'), { header: false });
    expect(plain.numbers()).toEqual({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(plain.numbers(['1']).data).toEqual(Float32Array.of(2, 4));
  });

  it('names the row and column that is no number, unknown and doubled columns', () => {
    expect(() => table.numbers()).toThrow(/row 0, column "colour" is "red", expected a number/);
    expect(() => table.numbers(['weight'])).toThrow(/no column "weight". There are: size, colour, n/);
    expect(() => readCsv('a,b,a\n1,2,3')).toThrow(/two columns are called "a"/);
    expect(() => readCsv('')).toThrow(/empty/);
  });
});
