import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateScore } from './duplicate-score.ts';

const reason = fc.record({
  kind: fc.constantFrom('email' as const, 'phone' as const, 'name' as const),
  similarity: fc.float({ min: 0, max: 1, noNaN: true }),
});

describe('the score of two look-alikes', () => {
  it.each([
    [[], 0],
    [[{ kind: 'name' as const, similarity: 1 }], 0.7],
    [[{ kind: 'name' as const, similarity: 0.6 }], 0.42],
    [[{ kind: 'email' as const, similarity: 1 }], 0.9],
    [
      [
        { kind: 'phone' as const, similarity: 1 },
        { kind: 'name' as const, similarity: 1 },
      ],
      0.94,
    ],
  ])('of %j is %f', (reasons, score) => expect(duplicateScore(reasons)).toBe(score));

  it('lies between 0 and 1 and never falls with a further reason', () => {
    fc.assert(
      fc.property(fc.array(reason, { maxLength: 5 }), reason, (reasons, further) => {
        const score = duplicateScore(reasons);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(duplicateScore([...reasons, further])).toBeGreaterThanOrEqual(score);
        expect(duplicateScore([...reasons, further])).toBeLessThanOrEqual(1);
      }),
    );
  });
});
