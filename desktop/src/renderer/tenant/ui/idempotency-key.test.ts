import { ProblemError } from '@tenantry/contracts';
import { expect, test } from 'vitest';
import { IdempotencyKey } from './idempotency-key.ts';

const answered = (status: number): ProblemError =>
  new ProblemError(
    { type: 'about:blank', title: 'Refused', status, detail: 'Refused', code: 'unavailable' } as ProblemError['problem'],
    null,
  );

test('what got no answer, or one of a server in trouble, may have been done: it goes again under the same key', () => {
  const key = new IdempotencyKey();
  const first = key.value;
  for (const error of [new TypeError('Failed to fetch'), answered(500), answered(503)]) key.failed(error);
  expect(key.value).toBe(first);
});

test('what was refused was not done: what is sent next is another request', () => {
  for (const status of [400, 409, 422, 429]) {
    const key = new IdempotencyKey();
    const first = key.value;
    key.failed(answered(status));
    expect(key.value, String(status)).not.toBe(first);
  }
});
