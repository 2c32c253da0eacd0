import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImportField, readHead, UnreadableFile } from './import-columns.ts';
import { importRows, type SourceRow } from './import-rows.ts';

const FIELDS: readonly ImportField[] = [
  { name: 'name', kind: 'text' },
  { name: 'tags', kind: 'list' },
  { name: 'attributes', kind: 'json' },
  { name: 'size', kind: 'integer' },
  { name: 'id', kind: 'text', readOnly: true },
];
const options = { fields: FIELDS, mapping: undefined, delimiter: undefined };

async function rowsOf(file: Uint8Array | string, format: 'csv' | 'ndjson', cuts: readonly number[] = []): Promise<SourceRow[]> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const head = format === 'csv' ? readHead(new TextDecoder().decode(bytes), options) : { delimiter: ',', columns: [], targets: [] };
  async function* pieces() {
    let at = 0;
    for (const cut of cuts) {
      yield bytes.subarray(at, at + cut);
      at += cut;
    }
    yield bytes.subarray(at);
  }
  const rows: SourceRow[] = [];
  for await (const batch of importRows(pieces(), { format, head, fields: FIELDS })) rows.push(...batch.rows);
  return rows;
}
const fieldsOf = async (file: string, format: 'csv' | 'ndjson' = 'csv') =>
  (await rowsOf(file, format)).map(({ fields, fault }) => fields ?? fault?.code);

describe('the header', () => {
  it.each([
    ['name;tags\n', ';'],
    ['name,tags\n', ','],
    ['name\ttags', '\t'],
    ['name|tags', '|'],
    ['name', ','],
  ])('of %j says the delimiter', (text, delimiter) => expect(readHead(text, options).delimiter).toBe(delimiter));

  it('may be mapped, and leaves out what is read-only, mapped to null, or of an errors file', () => {
    const mapping = { Kunde: 'name', Branche: 'attributes.industry', Notiz: null };
    const { targets } = readHead('Kunde,Branche,Notiz,id,error_code\n', { ...options, mapping });
    expect(targets).toEqual([{ field: FIELDS[0] }, { attribute: 'industry' }, null, null, null]);
  });

  it.each([
    ['', 'empty'],
    ['colour\n', 'colour'],
    ['name,name\n', 'Two columns'],
    ['id\n', 'No column'],
    ['"name\n', 'not a header'],
  ])('%j is refused', (text, says) => expect(() => readHead(text, options)).toThrow(says));

  it('is refused when the mapping names a column that is not there', () => {
    expect(() => readHead('name\n', { ...options, mapping: { Kunde: 'name' } })).toThrow('Kunde');
  });

  it('of any text is read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          readHead(text, options);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableFile);
        }
      }),
    );
  });
});

describe('rows', () => {
  it('become fields: lists, JSON, numbers; an empty cell is an absent field', async () => {
    expect(await fieldsOf('name,tags,attributes,size\nAda,a;b,"{""x"":1}",3\n,"[""a;b""]",,-4\n')).toEqual([
      { name: 'Ada', tags: ['a', 'b'], attributes: { x: 1 }, size: 3 },
      { tags: ['a;b'], size: -4 },
    ]);
  });

  it('that cannot be read are told and counted, and do not stop the others', async () => {
    const rows = await rowsOf('name,size\na,x\nb\n"c"d,1\ne,2\n', 'csv');
    expect(rows.map(({ row, fault }) => [row, fault?.code, fault?.field])).toEqual([
      [1, 'invalid-value', 'size'],
      [2, 'malformed-row', null],
      [3, 'malformed-row', null],
      [4, undefined, undefined],
    ]);
  });

  it('of NDJSON are objects, one a line', async () => {
    expect(await fieldsOf('{"name":"a","id":"7"}\n\n[1]\nx\n{"__proto__":{"y":1},"name":"b"}', 'ndjson')).toMatchObject([
      { name: 'a' },
      'malformed-row',
      'malformed-row',
      { name: 'b' },
    ]);
  });

  it('have no power over objects: a column or key named __proto__ is one like any other', async () => {
    await rowsOf('name,attributes.__proto__\nx,y\n', 'csv').catch(() => {});
    const [row] = await rowsOf('{"__proto__":{"polluted":true}}', 'ndjson');
    expect(row?.fields).not.toHaveProperty('polluted');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('are the same however the bytes are cut, also inside a character', async () => {
    const file = Buffer.from('\ufeffname,tags\r\nMüller,田;中\r\n"😀\r\n",x\r\n');
    const whole = await rowsOf(file, 'csv');
    expect(whole.map(({ fields }) => fields)).toEqual([
      { name: 'Müller', tags: ['田', '中'] },
      { name: '😀\r\n', tags: ['x'] },
    ]);
    for (let size = 1; size < 6; size += 1) {
      expect(
        await rowsOf(
          file,
          'csv',
          Array.from({ length: file.length / size }, () => size),
        ),
      ).toEqual(whole);
    }
  });

  it('of any bytes are rows, or a file that is not UTF-8', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('csv', 'ndjson'), async (body, format) => {
        const file = Buffer.concat([Buffer.from(format === 'csv' ? 'name,tags\n' : ''), body]);
        try {
          for (const { fields, fault } of await rowsOf(file, format)) expect((fields === undefined) !== (fault === undefined)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableFile);
        }
      }),
    );
  });
});
