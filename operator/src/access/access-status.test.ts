import { TenantAccessSpec, TenantAccessStatus } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import type { TenantAccessObject } from '../kubernetes/resources.ts';
import { type AccessState, accessStatus, accessUntil } from './access-status.ts';

const ASKED = '2026-01-01T12:00:00Z';
const NOW = new Date('2026-01-01T12:10:00.500Z');

const access = (more: Partial<TenantAccessObject> = {}, duration = '30m'): TenantAccessObject => ({
  apiVersion: 'tenantry.dev/v1alpha1',
  kind: 'TenantAccess',
  metadata: { name: 'look', uid: 'u', generation: 1, creationTimestamp: ASKED },
  spec: TenantAccessSpec.parse({
    tenantRef: { name: 'acme' },
    email: 'pat@example.test',
    reason: 'Ticket 4711',
    duration,
    requestedBy: 'tenantry:pat',
  }),
  ...more,
});

describe('the time of an access', () => {
  it('runs from when it was asked for, however late the person gets in', () => {
    expect(accessUntil(access())).toEqual(new Date('2026-01-01T12:30:00Z'));
  });
});

describe('the status of an access', () => {
  const inside: AccessState = { kind: 'inside', enteredAt: new Date('2026-01-01T12:01:00Z') };

  it.each<[string, AccessState, object]>([
    [
      'in',
      inside,
      {
        enteredAt: '2026-01-01T12:01:00Z',
        ready: ['True', 'Inside', 'pat@example.test is a member of acme with the role viewer until 2026-01-01T12:30:00Z.'],
      },
    ],
    ['not in yet', { kind: 'outside', reason: 'NoAccount', message: 'No account.' }, { ready: ['False', 'NoAccount', 'No account.'] }],
    [
      'in no more',
      { kind: 'ended', because: 'shown-out', enteredAt: new Date('2026-01-01T12:01:00Z'), endedAt: NOW },
      {
        enteredAt: '2026-01-01T12:01:00Z',
        endedAt: '2026-01-01T12:10:00Z',
        ready: ['False', 'AccessEnded', 'pat@example.test is in no more: somebody took the membership away.'],
      },
    ],
    [
      'over before anybody got in',
      { kind: 'ended', because: 'expired', enteredAt: undefined, endedAt: NOW },
      { endedAt: '2026-01-01T12:10:00Z', ready: ['False', 'AccessEnded', 'pat@example.test never got in: the time was over.'] },
    ],
  ])('says of somebody who is %s why and until when', (_, state, expected) => {
    const status = accessStatus(access(), state, NOW);
    const { conditions, observedGeneration, until, ...rest } = TenantAccessStatus.parse(status);
    const ready = conditions?.flatMap((condition) => [condition.status, condition.reason, condition.message]);
    expect({ ...rest, ready }).toEqual(expected);
    expect({ observedGeneration, until }).toEqual({ observedGeneration: 1, until: '2026-01-01T12:30:00Z' });
  });

  it('is the same at every later look while nothing happens', () => {
    const first = accessStatus(access(), inside, NOW);
    expect(accessStatus(access({ status: first }), inside, new Date('2026-01-01T12:20:00Z'))).toEqual(first);
  });
});
