import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSpan, narrowerSpan, nextSpan, type Span } from './audit-span.ts';

const NOW = Date.parse('2026-11-22T17:00:00Z');

describe('the spans of an audit page', () => {
  it('begin with the last minute, also when the position lies in the future', () => {
    expect(firstSpan(NOW + 1, NOW, 0)).toEqual({ from: NOW - 60_000, before: NOW + 1, width: 60_000 });
    expect(firstSpan(Date.parse('9999-12-31'), NOW, 0)).toMatchObject({ from: NOW - 60_000, before: Date.parse('9999-12-31') });
    expect(firstSpan(NOW - 5000, NOW, 0)).toMatchObject({ from: NOW - 65_000, before: NOW - 5000 });
  });

  it('grow while a look is quick and shrink when it is slow', () => {
    const span: Span = { from: NOW - 60_000, before: NOW, width: 60_000 };
    expect(nextSpan(span, 1, 0)).toEqual({ from: NOW - 300_000, before: NOW - 60_000, width: 240_000 });
    expect(nextSpan(span, 100, 0)).toMatchObject({ width: 60_000 });
    expect(nextSpan(span, 900, 0)).toMatchObject({ width: 15_000 });
    expect(nextSpan({ ...span, width: 1000 }, 900, 0)).toMatchObject({ width: 1000 });
  });

  it('are cut to their newest sixteenth when one took too long, down to a second', () => {
    const span: Span = { from: NOW - 160_000, before: NOW, width: 160_000 };
    expect(narrowerSpan(span, NOW, 0)).toEqual({ from: NOW - 10_000, before: NOW, width: 10_000 });
    expect(narrowerSpan({ ...span, width: 2000 }, NOW, 0)).toMatchObject({ from: NOW - 1000, width: 1000 });
    expect(narrowerSpan({ ...span, width: 1000 }, NOW, 0)).toBeNull();
  });

  it('cover all time down to the oldest, each once, in a few dozen looks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW }), fc.integer({ min: 0, max: NOW }), (a, b) => {
        const [oldest, before] = [Math.min(a, b), Math.max(a, b) + 1];
        let span: Span | null = firstSpan(before, NOW, oldest);
        expect(span.before).toBe(before);
        let looks = 0;
        for (let lowest = before; span !== null; looks += 1) {
          expect(span.before).toBe(lowest);
          expect(span.from).toBeLessThanOrEqual(span.before);
          expect(span.from).toBeGreaterThanOrEqual(oldest);
          lowest = span.from;
          span = nextSpan(span, 1, oldest);
        }
        expect(looks).toBeLessThan(25);
      }),
    );
  });
});
