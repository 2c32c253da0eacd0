import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.ts';

/** IPv4 ranges nobody outside should reach us through: first address and prefix length. */
const CLOSED = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24',
  '192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
].flatMap((line) => line.split(' '));

const toNumber = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const hex = (value: number): string => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
const insideClosed = fc.constantFrom(...CLOSED).chain((range) => {
  const [base = '', bits = ''] = range.split('/');
  return fc.integer({ min: 0, max: 2 ** (32 - Number(bits)) - 1 }).map((offset) => (toNumber(base) + offset) >>> 0);
});
const anywhere = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('an address a webhook may go to', () => {
  it.each(['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.0', '172.32.0.1', '192.167.255.255', '223.255.255.255', '2606:4700::1111'])(
    'is a public one like %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...['127.0.0.1', '0.0.0.0', '169.254.169.254', '100.100.100.200', '168.63.129.16', '255.255.255.255', '::', '::1', '::127.0.0.1'],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2001:0:1::1',
      'fd00:ec2::254',
      'fe80::1%eth0',
    ],
    ...['fec0::1', 'ff02::1', '2001:db8::1', '100::1', '5f00::1', '3fff::1', 'example.org', '', '1.1.1.1.1', '4000::1'],
  ])('is never %s', (address) => expect(isPublicAddress(address)).toBe(false));

  it('is none of any closed range, in no form an IPv6 address can give it', () => {
    fc.assert(
      fc.property(insideClosed, (value) => {
        for (const form of [toText(value), `::ffff:${hex(value)}`, `64:ff9b::${hex(value)}`, `2002:${hex(value)}::1`, `::${hex(value)}`])
          expect(isPublicAddress(form), form).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('is all the rest of IPv4, but a range of the registries beside', () => {
    // AS112 and AMT: relays and sinks of the root, nobody's receiver.
    const beside = ['192.175.48.', '192.31.196.', '192.52.193.', '168.63.129.16'];
    fc.assert(
      fc.property(anywhere, (value) => {
        const text = toText(value);
        const isClosed = CLOSED.some((range) => {
          const [base = '', bits = ''] = range.split('/');
          return value >= toNumber(base) && value < toNumber(base) + 2 ** (32 - Number(bits));
        });
        expect(isPublicAddress(text), text).toBe(!isClosed && !beside.some((start) => text.startsWith(start)));
      }),
      { numRuns: 2000 },
    );
  });
});
