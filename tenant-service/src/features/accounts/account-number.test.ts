import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnAccountNumber, newAccountNumber } from './account-number.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('an account number of ours', () => {
  it('has twelve digits, whatever was drawn', () => {
    fc.assert(
      fc.property(random, (value) => {
        const number = newAccountNumber(() => value);
        expect(number).toMatch(/^\d{12}$/);
        expect(isOwnAccountNumber(number)).toBe(true);
      }),
    );
    expect(newAccountNumber(() => 0)).toBe('000000000098');
  });

  it('is no number any more when one digit is mistyped or two neighbours are exchanged', () => {
    fc.assert(
      fc.property(random, fc.nat(11), fc.integer({ min: 1, max: 9 }), (value, at, by) => {
        const number = newAccountNumber(() => value);
        const digits = [...number];
        digits[at] = String((Number(digits[at]) + by) % 10);
        expect(isOwnAccountNumber(digits.join(''))).toBe(false);
        const swapped = [...number];
        const next = (at + 1) % 12;
        if (next === 0 || swapped[at] === swapped[next]) return;
        [swapped[at], swapped[next]] = [swapped[next] as string, swapped[at] as string];
        expect(isOwnAccountNumber(swapped.join(''))).toBe(false);
      }),
    );
  });
});
