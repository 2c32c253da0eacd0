import { expect, it, vi } from 'vitest';
import { BufferedLines } from './buffered-lines.ts';
import { createLog } from './log.ts';

const collect = () => {
  const chunks: string[] = [];
  return { chunks, sink: { write: (chunk: string) => chunks.push(chunk), flush: (done?: () => void) => done?.() } };
};

it('writes ECS lines with the whole cause chain of an error', () => {
  const { chunks, sink } = collect();
  const log = createLog('info', 'tenantry-api', sink);
  const cause = Object.assign(new Error('inner'), { code: '57P01' });
  log.error({ err: new Error('outer', { cause }), requestId: 'r' }, 'request failed');
  log.debug('not at this level');
  expect(chunks).toHaveLength(1);
  expect(JSON.parse(chunks[0] ?? '')).toMatchObject({
    'log.level': 'error',
    message: 'request failed',
    'service.name': 'tenantry-api',
    requestId: 'r',
    err: { message: 'outer', cause: { message: 'inner', code: '57P01' } },
  });
  expect(JSON.parse(chunks[0] ?? '')['@timestamp']).toMatch(/^\d{4}-.*Z$/);
});

it('joins lines, and hands them on when there are many, after a moment, and when flushed', () => {
  vi.useFakeTimers();
  const { chunks, sink } = collect();
  const lines = new BufferedLines(sink);
  lines.write('a\n');
  lines.write('b\n');
  expect(chunks).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(chunks).toEqual(['a\nb\n']);
  lines.write(`${'x'.repeat(40_000)}\n`);
  expect(chunks).toHaveLength(2);
  lines.write('c\n');
  const done = vi.fn();
  lines.flush(done);
  expect(chunks[2]).toBe('c\n');
  expect(done).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
