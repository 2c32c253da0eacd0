import { type Condition, explanationOf, type TenantStatus } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aTenant } from '../../testing/tenant-fixtures.ts';
import { explanationText, span } from './explanation-text.ts';
import { fleetSummary } from './status-command.ts';

const NOW = new Date('2026-01-01T00:10:00Z');
const ready = (status: Condition['status'], reason: string, message: string): Condition => ({
  type: 'Ready',
  status,
  reason,
  message,
  observedGeneration: 2,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const withStatus = (status: TenantStatus) => aTenant({}, { status: { observedGeneration: 2, ...status } });
const step = { message: '', since: '2026-01-01T00:00:00Z', observedGeneration: 2 };
const failing = withStatus({
  conditions: [ready('Unknown', 'ObservationFailed', 'topics: connection refused')],
  steps: [
    { ...step, name: 'roles', state: 'Done', reason: 'Done' },
    {
      ...step,
      name: 'topics',
      state: 'Failed',
      reason: 'ObservationFailed',
      attempts: 4,
      retryAt: '2026-01-01T00:10:12Z',
      lastError: 'connection refused ← ECONNREFUSED 127.0.0.1:9092',
    },
    { ...step, name: 'identity', state: 'NotReached', reason: 'NotReached' },
  ],
});

it('names the step that holds a tenant up, its last error, the next try, and the one command that helps', () => {
  const explanation = explanationOf(failing);
  expect(explanation).toMatchObject({
    isReady: false,
    blocking: { name: 'topics', attempts: 4, lastError: 'connection refused ← ECONNREFUSED 127.0.0.1:9092' },
    command: 'kubectl logs -n tenantry-system deploy/tenantry-operator --tail=50',
  });
  const text = explanationText(
    explanation,
    [{ at: '2026-01-01T00:09:00Z', type: 'Warning', reason: 'ObservationFailed', note: 'Away.', count: 1 }],
    NOW,
  );
  expect(text.split('\n')).toEqual([
    'acme  class standard  Ready Unknown ObservationFailed for 10m',
    '',
    'Says        topics: connection refused',
    'Held up by  step topics (Failed)',
    'Last error  connection refused ← ECONNREFUSED 127.0.0.1:9092',
    'Tried       4 times, again in 12s',
    'Means       the step could not look; the state is unknown',
    'Do          Nothing on the tenant: a server is away or refuses the operator. It is tried again until it answers.',
    'Command     kubectl logs -n tenantry-system deploy/tenantry-operator --tail=50',
    '',
    'Lately',
    '    60s  Warning ObservationFailed: Away.',
    '',
  ]);
});

it('knows a tenant that no step holds up by the reason of Ready', () => {
  const explanation = explanationOf(
    withStatus({
      conditions: [ready('False', 'ClassNotFound', 'TenantClass gold does not exist.')],
      steps: [{ ...step, name: 'roles', state: 'NotReached', reason: 'NotReached' }],
    }),
  );
  expect(explanation).toMatchObject({ blocking: undefined, command: 'kubectl get tenantclasses.tenantry.dev' });
});

it('asks for nothing when all is well', () => {
  const explanation = explanationOf(withStatus({ conditions: [ready('True', 'Ready', 'Everything equals the spec.')] }));
  expect(explanation).toMatchObject({ isReady: true, remedy: undefined, command: undefined, blocking: undefined });
});

it.each([
  [
    'has not looked at the newest spec',
    withStatus({ observedGeneration: 1, conditions: [ready('True', 'Ready', 'Old.')] }),
    /generation 2 yet/,
  ],
  ['has never looked', aTenant(), /No operator has looked/],
])('says so when the operator %s', (_, tenant, says) => {
  expect(explanationOf(tenant)).toMatchObject({
    isReady: false,
    says: expect.stringMatching(says),
    command: 'kubectl get pods,leases -n tenantry-system',
  });
});

it('lists what differs', () => {
  const drift = { count: 25, items: [{ resource: 'kafka/topic/acme.events', field: 'retention.ms', want: '604800000', have: '1000' }] };
  const text = explanationText(explanationOf(withStatus({ drift, conditions: [ready('False', 'DriftReported', 'Differs.')] })), [], NOW);
  expect(text).toContain('Differs (25, the first 1)\n  kafka/topic/acme.events  retention.ms  is 1000, should be 604800000');
});

it('counts a fleet by class and by what Ready says, and names those that are not', () => {
  const fine = withStatus({ conditions: [ready('True', 'Ready', 'Everything equals the spec.')] });
  expect(fleetSummary([fine, failing, fine])).toEqual({
    tenants: 3,
    ready: 2,
    drifting: 0,
    byClass: { standard: 3 },
    byReason: { 'True Ready': 2, 'Unknown ObservationFailed': 1 },
    notReady: [{ tenant: 'acme', ready: 'Unknown ObservationFailed', step: 'topics', says: 'topics: connection refused' }],
  });
});

it.each([
  [0, '0s'],
  [90_000, '90s'],
  [600_000, '10m'],
  [3 * 3_600_000, '3h'],
  [5 * 86_400_000, '5d'],
])('says %d ms as %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});
