import { describe, expect, it } from 'vitest';
import { type Condition, getCondition, sameConditions, setCondition } from './conditions.ts';

const EARLY = new Date('2026-01-01T00:00:00.250Z');
const LATE = new Date('2026-01-02T00:00:00.000Z');
const ready = (status: Condition['status'], reason = 'Done', observedGeneration = 1) => ({
  type: 'Ready',
  status,
  reason,
  message: `${reason}.`,
  observedGeneration,
});

describe('setCondition', () => {
  it('adds a condition with the time in whole seconds, as the API server stores it', () => {
    expect(setCondition(undefined, ready('False'), EARLY)).toEqual([{ ...ready('False'), lastTransitionTime: '2026-01-01T00:00:00Z' }]);
  });

  it('moves the time only when the status changes, not with reason, message or generation', () => {
    const before = setCondition(undefined, ready('False', 'Progressing', 1), EARLY);
    const same = setCondition(before, ready('False', 'Waiting', 2), LATE);
    expect(getCondition(same, 'Ready')).toMatchObject({
      reason: 'Waiting',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    expect(getCondition(setCondition(same, ready('True'), LATE), 'Ready')?.lastTransitionTime).toBe('2026-01-02T00:00:00Z');
  });

  it('keeps the order and the other conditions, and changes nothing it was given', () => {
    const before = Object.freeze(
      setCondition(setCondition(undefined, ready('True'), EARLY), { ...ready('False'), type: 'Stalled' }, EARLY),
    );
    const after = setCondition(before, ready('False'), LATE);
    expect(after.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    expect(after[1]).toBe(before[1]);
  });
});

describe('sameConditions', () => {
  it('does not mind the order, and sees every other difference', () => {
    const list = setCondition(setCondition(undefined, ready('True'), EARLY), { ...ready('False'), type: 'Stalled' }, EARLY);
    expect(sameConditions(list, [...list].reverse())).toBe(true);
    expect(sameConditions(list, setCondition(list, ready('True', 'Other'), EARLY))).toBe(false);
    expect(sameConditions(list, setCondition(list, ready('True', 'Done', 2), EARLY))).toBe(false);
    expect(sameConditions(list, list.slice(1))).toBe(false);
    expect(sameConditions(undefined, [])).toBe(true);
  });
});
