import { expect, it } from 'vitest';
import { traceOf } from './trace.ts';

const WELL_FORMED = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

it('continues the caller’s trace with a span of its own', () => {
  const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const trace = traceOf(caller);
  expect(trace.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(trace.traceparent).toMatch(WELL_FORMED);
  expect(trace.traceparent).not.toBe(caller);
  expect(trace.traceparent.endsWith('-01')).toBe(true);
});

it.each([
  undefined,
  '',
  'nonsense',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  ['a', 'b'],
])('begins a trace of its own when the caller’s is %s', (traceparent) => {
  const trace = traceOf(traceparent);
  expect(trace.traceparent).toMatch(WELL_FORMED);
  expect(trace.traceId).toBe(trace.requestId.replaceAll('-', ''));
});
