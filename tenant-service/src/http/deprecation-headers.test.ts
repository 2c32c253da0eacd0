import { expect, it } from 'vitest';
import { deprecationHeaders } from './deprecation-headers.ts';

it('says since when, until when and what instead, each in the form of its own RFC', () => {
  expect(deprecationHeaders({ since: '2026-11-01T00:00:00Z', sunset: '2027-06-01T00:00:00Z', successor: '/v2/customers' })).toEqual({
    deprecation: '@1793491200',
    sunset: 'Tue, 01 Jun 2027 00:00:00 GMT',
    link: '</v2/customers>; rel="successor-version"',
  });
});
