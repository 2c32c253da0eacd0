import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { walPosition } from './wal-position.ts';

describe('a position in the log', () => {
  it('is the number the server means, over the whole range', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(walPosition(`${(value >> 32n).toString(16).toUpperCase()}/${(value & 0xffffffffn).toString(16).toUpperCase()}`)).toBe(value);
      }),
    );
  });

  it('has no zeros in front of its halves, and compares rightly all the same', () => {
    expect(walPosition('1/0')).toBeGreaterThan(walPosition('0/FFFFFFFF'));
    expect(walPosition('0/3000060')).toBe(0x3000060n);
  });

  it.each([null, undefined, '', '0', '0/', 'x/1', '1/123456789'])('refuses %j', (text) => {
    expect(() => walPosition(text)).toThrow(RangeError);
  });
});
