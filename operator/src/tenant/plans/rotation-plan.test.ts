import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CredentialRecord, type RotationWish, rotationPlan } from './rotation-plan.ts';

const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
const HOUR_MS = 3_600_000;
const settled: CredentialRecord = {
  credentialGeneration: 3,
  credentialsRotatedAt: at(0),
  previousGeneration: undefined,
  credentialsOutAt: undefined,
  rotationRequest: '2026-01-01T00:00:00Z',
};
const rollingOut: CredentialRecord = { ...settled, credentialGeneration: 4, previousGeneration: 3, credentialsRotatedAt: at(10) };
const overlapping: CredentialRecord = { ...rollingOut, credentialsOutAt: at(12) };
const wish: RotationWish = { request: settled.rotationRequest, rotateEveryMs: undefined, overlapMs: HOUR_MS };

it('leaves credentials alone that nobody asked to change', () => {
  expect(rotationPlan(wish, settled, at(1_000_000))).toMatchObject({
    phase: 'settled',
    previous: undefined,
    request: 'none',
    dueAt: undefined,
  });
  expect(rotationPlan({ ...wish, request: undefined }, settled, at(1))).toMatchObject({ phase: 'settled', request: 'none' });
});

it('begins when a new time is asked for, and remembers the request', () => {
  const request = '2026-01-01T00:20:00+01:00';
  expect(rotationPlan({ ...wish, request }, settled, at(5))).toMatchObject({
    phase: 'begin',
    previous: 3,
    record: {
      credentialGeneration: 4,
      previousGeneration: 3,
      credentialsRotatedAt: at(5),
      credentialsOutAt: undefined,
      rotationRequest: request,
    },
  });
});

it('refuses a request that is no time, and goes on as if there were none', () => {
  for (const request of ['now', '', '2026-01-01', '2026-01-01 10:00:00Z', '2026-13-01T00:00:00Z']) {
    expect(rotationPlan({ ...wish, request }, settled, at(5))).toMatchObject({ phase: 'settled', request: 'refused' });
    expect(rotationPlan({ ...wish, request }, overlapping, at(13))).toMatchObject({ phase: 'overlap', request: 'refused' });
  }
});

it('begins at the age the spec names, and says when that will be', () => {
  const monthly = { ...wish, rotateEveryMs: 10 * HOUR_MS };
  expect(rotationPlan(monthly, settled, at(599))).toMatchObject({ phase: 'settled', dueAt: at(600) });
  expect(rotationPlan(monthly, settled, at(600))).toMatchObject({ phase: 'begin', record: { rotationRequest: settled.rotationRequest } });
});

it('counts the overlap from when the new credentials were out, however long that took', () => {
  expect(rotationPlan(wish, rollingOut, at(100_000))).toMatchObject({
    phase: 'rolling-out',
    previous: 3,
    overlapUntil: undefined,
    dueAt: undefined,
  });
  expect(rotationPlan(wish, overlapping, at(71))).toMatchObject({ phase: 'overlap', previous: 3, overlapUntil: at(72), dueAt: at(72) });
  expect(rotationPlan(wish, overlapping, at(72))).toMatchObject({ phase: 'ending', previous: undefined, overlapUntil: at(72) });
});

it('lets a shorter overlap end one that is under way', () => {
  expect(rotationPlan({ ...wish, overlapMs: 0 }, overlapping, at(13))).toMatchObject({ phase: 'ending' });
});

it('lets a further request wait for the end, also when the old credentials are due to be taken away', () => {
  const more = { ...wish, request: '2026-01-01T00:30:00Z', rotateEveryMs: HOUR_MS };
  for (const [record, now] of [
    [rollingOut, at(400)],
    [overlapping, at(40)],
    [overlapping, at(400)],
  ] as const) {
    const plan = rotationPlan(more, record, now);
    expect(plan).toMatchObject({ request: 'pending', record });
    expect(plan.phase).not.toBe('begin');
  }
});

it('never has more than two generations working, nor two with the same name', () => {
  const date = fc.integer({ min: 0, max: 10_000 }).map(at);
  const record = fc
    .record({
      credentialGeneration: fc.integer({ min: 2, max: 9 }),
      credentialsRotatedAt: date,
      rotates: fc.boolean(),
      out: fc.option(date, { nil: undefined }),
      rotationRequest: fc.constantFrom(undefined, '2026-01-01T00:00:00Z'),
    })
    .map(
      ({ rotates, out, ...rest }): CredentialRecord => ({
        ...rest,
        previousGeneration: rotates ? rest.credentialGeneration - 1 : undefined,
        credentialsOutAt: rotates ? out : undefined,
      }),
    );
  const anyWish = fc.record({
    request: fc.constantFrom(undefined, 'soon', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
    rotateEveryMs: fc.constantFrom(undefined, HOUR_MS, 100 * HOUR_MS),
    overlapMs: fc.constantFrom(0, HOUR_MS),
  });
  fc.assert(
    fc.property(anyWish, record, date, (wished, found, now) => {
      const plan = rotationPlan(wished, found, now);
      const { credentialGeneration, previousGeneration } = plan.record;
      expect([undefined, credentialGeneration - 1]).toContain(plan.previous);
      expect([undefined, credentialGeneration - 1]).toContain(previousGeneration);
      expect(credentialGeneration - found.credentialGeneration).toBe(plan.phase === 'begin' ? 1 : 0);
      if (plan.phase === 'begin') expect(found.previousGeneration).toBeUndefined();
    }),
  );
});
