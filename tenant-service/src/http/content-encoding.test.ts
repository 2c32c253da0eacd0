import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeText, encodingFor, isCompressible } from './content-encoding.ts';

describe('encodingFor', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['gzip;q=1.0, br;q=0.1', 'gzip'],
    ['*', 'br'],
    ['gzip;q=0, br;q=0', undefined],
  ])('%s: %s', (accepted, encoding) => {
    expect(encodingFor({ headers: accepted === undefined ? {} : { 'accept-encoding': accepted } })).toBe(encoding);
  });
});

describe('isCompressible', () => {
  const long = 'a'.repeat(1024);
  it.each([
    ['a long text', { body: long, headers: {} }, true],
    ['a short one', { body: 'short', headers: {} }, false],
    ['a stream', { body: Readable.from([]), headers: {} }, true],
    ['nothing', { headers: {} }, false],
    ['a text with a strong ETag', { body: long, headers: { etag: '"1"' } }, false],
    ['a text that is compressed already', { body: long, headers: { 'content-encoding': 'gzip' } }, false],
  ])('%s: %#', (_, answer, expected) => {
    expect(isCompressible({ status: 200, ...answer })).toBe(expected);
  });
});

it('gives back the text', async () => {
  const text = 'Müller 田中 '.repeat(500);
  expect(brotliDecompressSync(await encodeText('br', text)).toString()).toBe(text);
  expect(gunzipSync(await encodeText('gzip', text)).toString()).toBe(text);
});
