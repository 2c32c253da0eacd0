import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../problem.ts';
import { JSON_DEPTH_MAX, JSON_KEYS_MAX, parseStrictJson } from './strict-json.ts';

const refusal = (body: string | Uint8Array): string => {
  try {
    parseStrictJson(typeof body === 'string' ? Buffer.from(body) : body);
  } catch (error) {
    if (error instanceof Problem) return `${error.code}: ${error.message}`;
    throw error;
  }
  return '';
};

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__') && text.isWellFormed());
        expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['a repeated key', '{"a":1,"b":{"a":1},"a":2}', 'occurs twice'],
    ['a repeated key in another spelling', '{"a":1,"\\u0061":2}', 'occurs twice'],
    ['a repeated key deep inside an array', '[[{"x":[{"k":1 , "k" :2}]}]]', 'occurs twice'],
    ['__proto__', '{"a":{"__proto__":{"admin":true}}}', '__proto__'],
    ['__proto__ in another spelling', '{"\\u005f_proto__":1}', '__proto__'],
    ['21 levels', `${'['.repeat(JSON_DEPTH_MAX + 1)}${']'.repeat(JSON_DEPTH_MAX + 1)}`, 'deeper than'],
    [
      'more keys than any body of ours',
      `[${Array.from({ length: JSON_KEYS_MAX / 100 + 1 }, () => `{${Array.from({ length: 100 }, (_, at) => `"k${at}":1`).join(',')}}`).join(',')}]`,
      'more than 100000 keys',
    ],
    ['10 000 levels, without a deep stack', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'deeper than'],
    ['a number no double holds', '{"a":[1e400]}', 'range of a double'],
    ['half a document', '{"a":', 'not JSON'],
    ['an empty body', '', 'empty'],
    ['a comment', '{"a":1}//', 'not JSON'],
  ])('refuses %s', (_, body, words) => {
    expect(refusal(body)).toContain('malformed-json');
    expect(refusal(body)).toContain(words);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusal(Uint8Array.from([0x22, 0xff, 0x22]))).toContain('not UTF-8');
  });

  it('is not confused by braces, colons and quotes inside strings', () => {
    const text = '{"a":"{\\"a\\":[","b":"\\\\","c":["a","a"],"d":{"a":1},"e":{"a":1}}';
    expect(refusal(text)).toBe('');
    expect(refusal('{"e":1.5e100,"f":-0}')).toBe('');
  });
});
