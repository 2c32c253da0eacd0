import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, guarded, unguarded } from './csv-format.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';

function read(text: string, pieces: readonly number[] = [], options: { delimiter?: string; most?: number } = {}): CsvRecord[] {
  const reader = new CsvReader(options.delimiter ?? ',', options.most ?? 100_000);
  const records: CsvRecord[] = [];
  let at = 0;
  for (const size of pieces) {
    records.push(...reader.push(text.slice(at, at + size)));
    at += size;
  }
  return [...records, ...reader.push(text.slice(at)), ...reader.end()];
}
const cells = (text: string, delimiter = ',') => read(text, [], { delimiter }).map((record) => record.fault ?? record.cells);

/** Text with a liking for what is special in CSV. */
const special = fc.string({ unit: fc.constantFrom('"', ',', ';', '\r', '\n', "'", '=', '+', '-', '@', '\t', 'a', 'ä', '😀', ' ', '\0') });
const cell = fc.oneof(special, fc.string({ unit: 'grapheme' }));
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 80 });

describe('reading CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a\rb\r', [['a'], ['b']]],
    ['"x\r\ny","say ""hi"""\n', [['x\r\ny', 'say "hi"']]],
    [
      'a,\n,\n',
      [
        ['a', ''],
        ['', ''],
      ],
    ],
    ['a,', [['a', '']]],
    ['\n\na\n\n\nb\n\n', [['a'], ['b']]],
    ['""\n', [['']]],
    ['a"b,c\n', [['a"b', 'c']]],
    ['', []],
  ])('%j', (text, expected) => expect(cells(text)).toEqual(expected));

  it('loses one record to a stray quote, and goes on with the next line', () => {
    expect(cells('a,b\n"x"y,2\n3,4\n')).toEqual([['a', 'b'], 'stray-quote', ['3', '4']]);
    expect(cells('a\n"never closed\nb\n')).toEqual([['a'], 'quote-not-closed']);
  });

  it('loses one record to its length, and holds no more than the limit', () => {
    expect(read(`a\n${'x'.repeat(500)}\nb\n`, [100, 100, 100], { most: 200 }).map(({ cells, fault }) => fault ?? cells)).toEqual([
      ['a'],
      'too-long',
      ['b'],
    ]);
  });

  it('gives back what was written, whatever it is and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
        sizes,
        fc.constantFrom(',', ';', '\t'),
        (rows, pieces, delimiter) => {
          const text = rows.map((row) => csvLine(row, delimiter)).join('');
          expect(read(text, pieces, { delimiter })).toEqual(rows.map((row) => ({ cells: row })));
        },
      ),
    );
  });

  it('reads any text without throwing, and the same however it is cut', () => {
    fc.assert(
      fc.property(special, sizes, (text, pieces) => {
        expect(read(text, pieces)).toEqual(read(text));
      }),
    );
  });

  it('agrees with csv-parse on files that are in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const text = rows.map((row) => csvLine(row)).join('');
        expect(read(text).map((record) => record.cells)).toEqual(parse(text, { record_delimiter: ['\r\n'] }));
      }),
    );
  });
});

describe('the formula guard', () => {
  it.each(['=1+1', '+49', '-1', '@x', '\tx', '\rx', "'=1", "''+x"])('puts an apostrophe before %j', (text) => {
    expect(guarded(text)).toBe(`'${text}`);
  });
  it.each(['', 'plain', "it's", "'quoted'", '1-2', ' =x'])('leaves %j', (text) => expect(guarded(text)).toBe(text));

  it('is taken away again, exactly, and leaves nothing that begins a formula', () => {
    fc.assert(
      fc.property(cell, (text) => {
        expect(unguarded(guarded(text))).toBe(text);
        expect(guarded(text)).not.toMatch(/^[=+\-@\t\r\n\0]/);
      }),
    );
  });
});
