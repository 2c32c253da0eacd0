import { expect, it } from 'vitest';
import { askToEnter, listEntries } from './tenant-entries.ts';

const access = (name: string, createdAt: string, status?: object) => ({
  metadata: { name, creationTimestamp: createdAt },
  spec: {
    tenantRef: { name: 'acme' },
    email: 'pat@example.test',
    role: 'viewer',
    reason: 'Ticket 4711',
    duration: '1h',
    requestedBy: 'tenantry:pat',
  },
  ...(status && { status }),
});
const said = (status: 'True' | 'False', message: string) => [{ type: 'Ready', status, reason: 'X', message, lastTransitionTime: '' }];

it('asks in the name under which the API server knows the person, for no longer than they said', async () => {
  const created: { kind: string; spec?: object; metadata: { name?: string } }[] = [];
  const api = {
    create: async (_: unknown, object: (typeof created)[number]) => {
      created.push(object);
      return object.kind === 'SelfSubjectReview' ? { ...object, status: { userInfo: { username: 'tenantry:pat' } } } : object;
    },
  };
  const request = { tenant: 'acme', email: 'pat@example.test', role: 'editor', reason: 'Ticket 4711', minutes: 45 } as const;
  const { name } = await askToEnter(api as never, request);
  expect(name).toMatch(/^acme-[0-9a-f]{8}$/);
  expect(created.map(({ kind }) => kind)).toEqual(['SelfSubjectReview', 'TenantAccess']);
  expect(created[1]).toMatchObject({
    metadata: { name },
    spec: {
      tenantRef: { name: 'acme' },
      email: 'pat@example.test',
      role: 'editor',
      reason: 'Ticket 4711',
      duration: '45m',
      requestedBy: 'tenantry:pat',
    },
  });
});

it('asks for nothing when nobody can say who they are', async () => {
  const created: unknown[] = [];
  const api = { create: async (_: unknown, object: unknown) => created.push(object) && object };
  const request = { tenant: 'acme', email: 'pat@example.test', role: 'viewer', reason: 'Ticket 4711', minutes: 5 } as const;
  await expect(askToEnter(api as never, request)).rejects.toMatchObject({ reason: 'Unauthorized' });
  expect(created).toHaveLength(1);
});

it('lists who is in before who waits and who was in, in the operator’s words', async () => {
  const items = [
    access('over', '2026-01-01T09:00:00Z', {
      endedAt: '2026-01-01T10:00:00Z',
      until: '2026-01-01T10:00:00Z',
      conditions: said('False', 'Over.'),
    }),
    access('new', '2026-01-01T12:00:00Z'),
    access('in', '2026-01-01T11:00:00Z', { until: '2026-01-01T12:00:00Z', conditions: said('True', 'In.') }),
  ];
  const asked: unknown[] = [];
  const api = { list: async (_: unknown, options: unknown) => asked.push(options) && { items, resourceVersion: '1' } };
  expect((await listEntries(api as never, 'acme')).map(({ name, state, says }) => [name, state, says])).toEqual([
    ['in', 'inside', 'In.'],
    ['new', 'waiting', ''],
    ['over', 'ended', 'Over.'],
  ]);
  expect(asked).toEqual([{ fieldSelector: 'spec.tenantRef.name=acme' }]);
});
