import { expect, it } from 'vitest';
import { accepts } from './accepts.ts';

it.each([
  undefined,
  '',
  '*/*',
  'application/json',
  'application/*;q=0.5',
  'text/html, application/problem+json;q=0.1',
  'Application/JSON; charset=utf-8',
])('answers JSON to Accept: %s', (accept) => expect(accepts(accept)).toBe(true));

it.each(['text/html', 'application/xml, text/*', 'application/json;q=0', 'application/json;q=0.000'])(
  'does not answer JSON to Accept: %s',
  (accept) => expect(accepts(accept)).toBe(false),
);
