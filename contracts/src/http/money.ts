import { z } from 'zod';

/**
 * Digits behind the point of each currency's amounts, where they are not two: ISO 4217 as published on 2026-01-01. The runtime's Intl cannot be
 * asked: it follows the custom of shops (no fils, no filler), which differs from the standard in thirty currencies and from version to version.
 */
const DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ['UYW', 4],
]);

/** Currencies of ISO 4217 list one that are money: no funds, metals, testing codes or drawing rights. */
export const CURRENCIES = (
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK ' +
  'DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD ' +
  'KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG ' +
  'QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UYW UZS VED ' +
  'VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ');

const KNOWN = new Set(CURRENCIES);

/** An ISO 4217 code in capitals. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be three capital letters')
  .refine((code) => KNOWN.has(code), 'is not a currency of ISO 4217')
  .meta({ description: 'ISO 4217 code, e.g. `EUR`.' });

/** Digits of the largest amount and balance: the sum of any two still fits into 64 bits. */
export const AMOUNT_DIGITS = 18;

/** Integer minor units as a string: 12.34 EUR is `"1234"`, 1234 JPY is `"1234"`. No sign for plus, no leading zero, no `-0`. */
export const AmountMinor = z
  .string()
  .regex(new RegExp(`^(?:0|-?[1-9]\\d{0,${AMOUNT_DIGITS - 1}})$`), `must be a whole number of minor units, at most ${AMOUNT_DIGITS} digits`)
  .meta({ description: `Whole minor units of the currency as a string, at most ${AMOUNT_DIGITS} digits: \`"1234"\` is 12.34 EUR.` });

/** The same, zero or more. */
export const UnsignedAmountMinor = AmountMinor.regex(/^\d/, 'must not be negative');

/** The same, more than zero. */
export const PositiveAmountMinor = AmountMinor.regex(/^[1-9]/, 'must be more than zero');

/** Digits behind the point of an amount of this currency. */
export function minorDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

/** `("-5", "EUR")` → `-0.05`: what a person reads, and what files carry. */
export function decimalOf(amountMinor: string, currency: string): string {
  const digits = minorDigits(currency);
  const sign = amountMinor.startsWith('-') ? '-' : '';
  const padded = amountMinor.slice(sign.length).padStart(digits + 1, '0');
  return digits === 0 ? sign + padded : `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

/** `("12.3", "EUR")` → `"1230"`; undefined for what is no amount of this currency, also when it has too many digits behind the point. */
export function minorOf(decimal: string, currency: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  const digits = minorDigits(currency);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (match === null || fraction.length > digits) return undefined;
  const amount = (whole + fraction.padEnd(digits, '0')).replace(/^0+(?=\d)/, '');
  if (amount.length > AMOUNT_DIGITS) return undefined;
  return amount === '0' ? '0' : sign + amount;
}
