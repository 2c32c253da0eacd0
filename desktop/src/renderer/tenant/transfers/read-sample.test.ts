import { describe, expect, it } from 'vitest';
import { csvRows, guessDelimiter, guessEncoding, guessMapping } from './read-sample.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('the encoding of a file', () => {
  it.each([
    ['utf-8', utf8('name;city\nZoë;Köln')],
    ['utf-8', utf8('\uFEFFname\nZoë')],
    ['utf-8', utf8('Zoë').slice(0, -1)],
    ['windows-1252', new Uint8Array([0x5a, 0x6f, 0xeb, 0x0a, 0x4b, 0xf6, 0x6c, 0x6e])],
    ['utf-16le', new Uint8Array([0xff, 0xfe, 0x41, 0x00])],
    ['utf-16be', new Uint8Array([0x00, 0x6e, 0x00, 0x61, 0x00, 0x6d, 0x00, 0x65])],
    ['utf-8', new Uint8Array()],
  ] as const)('is %s', (encoding, bytes) => {
    expect(guessEncoding(bytes)).toBe(encoding);
  });
});

describe('the delimiter of a file', () => {
  it.each([
    [',', 'name,email\nAda,ada@example.org\n'],
    [';', 'name;balance\nAda;1,50\nGrace;2,75\n'],
    ['\t', 'name\temail\nLovelace, Ada\ta@x.org\n'],
    ['|', 'name|email\nAda|a;b,c\n'],
    [',', '"a;b;c",email\n"d;e;f",x\n'],
    [',', 'name\nAda\n'],
    [',', ''],
  ])('is %j', (delimiter, text) => {
    expect(guessDelimiter(text)).toBe(delimiter);
  });
});

describe('the first rows of a CSV file', () => {
  it('keep delimiters, quotes and line ends inside quotes', () => {
    expect(csvRows('\uFEFFa,b\r\n"x, ""y""\nz",2\r\n', ',', 10)).toEqual([
      ['a', 'b'],
      ['x, "y"\nz', '2'],
    ]);
  });

  it('are as many as asked for, without empty lines and without a row that was cut off inside quotes', () => {
    expect(csvRows('a\n\n1\n2\n3\n', ',', 3)).toEqual([['a'], ['1'], ['2']]);
    expect(csvRows('a,b\n1,"cut of', ',', 3)).toEqual([['a', 'b']]);
  });
});

describe('the mapping of columns', () => {
  it('knows the names of the API, other words for them, and leaves the rest out', () => {
    expect(guessMapping(['Kunde', 'E-Mail', 'Telefon', 'Kunden-Nr.', 'Notiz', 'id'], 'customers')).toEqual({
      Kunde: 'name',
      'E-Mail': 'email',
      Telefon: 'phone',
      'Kunden-Nr.': 'externalId',
      Notiz: null,
      id: null,
    });
  });

  it('gives a field to one column only, to the one with its own name first', () => {
    expect(guessMapping(['Customer', 'name', 'attributes.level'], 'customers')).toEqual({
      Customer: null,
      name: 'name',
      'attributes.level': 'attributes.level',
    });
  });
});
