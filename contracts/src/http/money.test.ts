import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AmountMinor, CURRENCIES, Currency, decimalOf, minorDigits, minorOf, PositiveAmountMinor, UnsignedAmountMinor } from './money.ts';

describe('currencies', () => {
  it('are ISO 4217 codes, each once, in order', () => {
    expect(CURRENCIES).toEqual([...new Set(CURRENCIES)].sort());
    expect(CURRENCIES).toHaveLength(157);
    for (const code of CURRENCIES) expect(Currency.safeParse(code).success, code).toBe(true);
    for (const code of ['eur', 'EURO', 'XXX', 'XTS', 'XAU', 'DEM', 'CHE', '', 'E R', 'EUR\n'])
      expect(Currency.safeParse(code).success, code).toBe(false);
  });

  it('are nearly all known to the runtime as well', () => {
    const runtime = new Set(Intl.supportedValuesOf('currency'));
    expect(CURRENCIES.filter((code) => !runtime.has(code))).toEqual(['UYW', 'VED', 'XAD']);
  });

  it.each([
    ['EUR', 2],
    ['JPY', 0],
    ['KWD', 3],
    // Where Intl says 0.
    ['HUF', 2],
    ['IQD', 3],
    ['UYW', 4],
  ])('%s has %i digits behind the point', (code, digits) => {
    expect(minorDigits(code)).toBe(digits);
  });
});

describe('amounts', () => {
  it.each(['0', '1', '-1', '999999999999999999', '-999999999999999999'])('%s is one', (text) => {
    expect(AmountMinor.safeParse(text).success).toBe(true);
  });

  it.each(['', '-', '+1', '-0', '01', '1.0', '1e3', ' 1', '1\n', '0x10', '１', '1000000000000000000', '9223372036854775808', 1, null])(
    '%j is none',
    (text) => {
      expect(AmountMinor.safeParse(text).success).toBe(false);
    },
  );

  it('may have to be positive, or not negative', () => {
    expect(['-1', '0', '1'].map((text) => UnsignedAmountMinor.safeParse(text).success)).toEqual([false, true, true]);
    expect(['-1', '0', '1'].map((text) => PositiveAmountMinor.safeParse(text).success)).toEqual([false, false, true]);
  });

  it.each([
    ['-5', 'EUR', '-0.05'],
    ['0', 'EUR', '0.00'],
    ['1234', 'JPY', '1234'],
    ['1234', 'KWD', '1.234'],
  ])('%s %s reads %s, and back', (minor, currency, decimal) => {
    expect(decimalOf(minor, currency)).toBe(decimal);
    expect(minorOf(decimal, currency)).toBe(minor);
  });

  it('of any size and currency survive the way to a decimal and back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -999999999999999999n, max: 999999999999999999n }),
        fc.constantFrom(...CURRENCIES),
        (amount, currency) => {
          expect(minorOf(decimalOf(String(amount), currency), currency)).toBe(String(amount));
        },
      ),
    );
  });

  it('are not guessed from what is none', () => {
    for (const [decimal, currency] of [
      ['1.234', 'EUR'],
      ['1.0', 'JPY'],
      ['1,5', 'EUR'],
      ['.5', 'EUR'],
      ['1.', 'EUR'],
      ['--1', 'EUR'],
      ['', 'EUR'],
      ['12345678901234567.89', 'EUR'],
    ] as const)
      expect(minorOf(decimal, currency), decimal).toBeUndefined();
    expect(minorOf('-0.00', 'EUR')).toBe('0');
    expect(minorOf('007', 'EUR')).toBe('700');
  });
});
