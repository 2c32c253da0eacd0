import { BODY_BYTES_MAX, type Operation, operations } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../telemetry/metrics.ts';
import { endpoint } from './pipeline.ts';

const parts = { metrics: createMetrics() } as Parameters<typeof endpoint>[0];
const withLimit = (maxBytes: unknown): Operation =>
  ({ ...operations.createCustomer, body: { ...operations.createCustomer.body, maxBytes } }) as Operation;

describe('the limit of a body', () => {
  it.each([Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY, '64kb'])(
    'ends the start when it is %s: no limit would be the other reading',
    (maxBytes) => {
      expect(() => endpoint(parts, withLimit(maxBytes), async () => ({ status: 200, headers: {} }))).toThrow(/createCustomer.*limit/);
    },
  );

  it('is 64 KiB unless an operation says more, and never more than an import needs', () => {
    expect(BODY_BYTES_MAX).toBe(65_536);
    for (const { id, body } of Object.values<Operation>(operations)) {
      expect([id, (body?.maxBytes ?? BODY_BYTES_MAX) <= (body?.kind === 'upload' ? 1024 ** 3 : 8 * 1024 ** 2)]).toEqual([id, true]);
    }
  });
});
