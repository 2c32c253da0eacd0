import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import { PLATFORM_VIEW_QUESTIONS } from '../../platform/platform-view-questions.ts';
import { platformViewAnswers } from './platform-view-answers.ts';

const TOKEN = 'eyJhbGciOiJub25lIn0.c2VjcmV0LW9mLXBhdA.signature';
const running: { readonly server: Server; readonly close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const { server, close } of running.splice(0)) {
    await close();
    server.closeAllConnections();
    server.close();
  }
});

/** The answers in front of a server that answers as the test says. */
async function asking(answer: (request: IncomingMessage) => { readonly status: number; readonly body: object }, token = async () => TOKEN) {
  const asked: string[] = [];
  const told: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const view = platformViewAnswers({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    prometheus: { namespace: 'monitoring', service: 'prometheus' },
    operator: { namespace: 'tenantry-system', service: 'tenantry-operator' },
    token,
    tell: (name, notice) => told.push([name, notice]),
    renewMemberships: async () => {},
  });
  running.push({ server, close: view.close });
  return { ...view, asked, told };
}

const refusing = () => asking(() => ({ status: 500, body: {} }));
const change = { name: 'acme', uid: 'u', change: { kind: 'suspend' }, reason: 'late', takeOver: false };
const metrics = { metrics: ['requestRate', 'stageLag'], range: 'hour', replicas: 'all' };
const entry = { tenant: 'acme', email: 'pat@example.test', role: 'viewer', reason: 'Ticket 4711', minutes: 30 };
const restore = { tenant: 'acme', location: 's3://cell/backups/a/b/' };
const manifest = { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', metadata: { name: 'acme' }, spec: {} };
const edit = { name: 'acme', uid: 'u', seen: manifest, manifest, reason: '', takeOver: false };

describe('a question of the window', () => {
  it('is one that the bridge names, each of them', async () => {
    expect(Object.keys((await refusing()).answers).sort()).toEqual(Object.keys(PLATFORM_VIEW_QUESTIONS).sort());
  });

  it.each([
    ['tenants.read', { name: '../../api/v1/secrets' }],
    ['tenants.read', { name: 'acme/status' }],
    ['tenants.read', { name: 'acme', namespace: 'kube-system' }],
    ['tenants.pods', { name: 'a,app=other' }],
    ['tenants.stores', { name: '../metrics?' }],
    ['tenants.stores', { name: 'acme', service: 'prometheus' }],
    ['tenants.follow', { path: '/api/v1/secrets' }],
    ['tenants.followLogs', { name: 'acme', stream: 'a', lines: 1e9 }],
    ['tenants.change', { ...change, change: { kind: 'patch', body: {} } }],
    ['tenants.change', { ...change, change: { kind: 'suspend', extra: 1 } }],
    ['tenants.change', { ...change, change: { kind: 'scale', replicas: 100_000 } }],
    ['tenants.change', { ...change, reason: '   ' }],
    ['tenants.change', { ...change, change: { kind: 'delete' }, reason: '' }],
    ['tenants.change', { ...change, change: { kind: 'label', key: 'tenantry.dev/operator', value: 'mine' } }],
    ['tenants.change', { ...change, change: { kind: 'label', key: 'tier', value: 'a b' } }],
    ['tenants.edit', { ...change, seen: manifest, manifest }],
    ['tenants.edit', { ...edit, manifest: { ...manifest, metadata: { name: 'globex' } } }],
    ['tenants.edit', { ...edit, manifest: { ...manifest, metadata: { name: 'acme', finalizers: [] } } }],
    ['entries.ask', { ...entry, role: 'admin' }],
    ['entries.ask', { ...entry, minutes: 481 }],
    ['entries.ask', { ...entry, reason: ' ' }],
    ['entries.ask', { ...entry, email: 'pat' }],
    ['entries.ask', { ...entry, requestedBy: 'somebody' }],
    ['backups.read', { tenant: 'acme,spec.tenantRef.name=other' }],
    ['backups.ask', { tenant: 'acme', name: 'mine' }],
    ['backups.restore', { ...restore, location: '' }],
    ['backups.restore', { ...restore, location: '/etc/passwd' }],
    ['backups.restore', { ...restore, location: 's3://cell/backups/a b/' }],
    ['backups.restore', { ...restore, location: `s3://${'a'.repeat(1024)}/` }],
    ['backups.restore', { ...restore, replacedSchema: 'public' }],
    ['tenants.create', { manifest: { ...manifest, kind: 'Secret' } }],
    ['tenants.create', { manifest: { ...manifest, apiVersion: 'v1' } }],
    ['tenants.create', { manifest: { ...manifest, metadata: { name: 'acme', finalizers: [] } } }],
    ['tenants.create', { manifest: { ...manifest, status: {} } }],
    ['metrics.read', { ...metrics, metrics: ['sum(up)'] }],
    ['metrics.read', { ...metrics, metrics: [] }],
    ['metrics.read', { ...metrics, query: 'up' }],
    ['metrics.read', { ...metrics, range: '10y' }],
    ['metrics.read', { ...metrics, replicas: { dedicatedTo: 'acme"} or up{a="' } }],
  ] as const)('%s is not taken with %j', async (name, input) => {
    expect((await refusing()).answers[name].input.safeParse(input).success).toBe(false);
  });

  it.each([
    ['tenants.change', change],
    ['tenants.change', { ...change, change: { kind: 'rotate' }, reason: '' }],
    ['tenants.change', { ...change, change: { kind: 'label', key: 'example.org/tier', value: null } }],
    ['tenants.edit', edit],
    ['entries.ask', entry],
    ['backups.ask', { tenant: 'acme' }],
    ['backups.restore', restore],
    ['tenants.create', { manifest }],
    ['tenants.read', { name: 'acme' }],
    ['tenants.stores', { name: 'acme' }],
    ['metrics.read', metrics],
    ['metrics.read', { ...metrics, replicas: { dedicatedTo: 'acme' } }],
  ] as const)('%s is taken with %j', async (name, input) => {
    expect((await refusing()).answers[name].input.safeParse(input).success).toBe(true);
  });
});

describe('an answer', () => {
  it('comes from the person’s own rights, and carries no token, whatever the server says', async () => {
    const tenant = aTenant();
    const { answers, asked } = await asking(({ url, headers }) => {
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      if (url?.includes('/tenantclasses/') === true) return { status: 404, body: {} };
      if (url?.includes('/events') === true) return { status: 200, body: { items: [], metadata: { resourceVersion: '1' } } };
      return { status: 200, body: tenant };
    });
    const reading = await answers['tenants.read'].answer({ name: 'acme' });
    expect(asked[0]).toBe('GET /apis/tenantry.dev/v1alpha1/tenants/acme');
    expect(JSON.stringify(reading)).not.toContain(TOKEN);
    expect(reading).toMatchObject({ name: 'acme', phase: 'Provisioning', class: undefined, events: [] });
  });

  it.each([
    [401, 'not-signed-in'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [503, 'unavailable'],
  ])('says of status %d what it means for the person, without the token', async (status, code) => {
    const { answers } = await asking(() => ({ status, body: { message: 'no' } }));
    const problem = await answers['tenants.classes'].answer(undefined).catch((error: unknown) => error);
    expect(problem).toMatchObject({ problem: { code } });
    expect(JSON.stringify(problem)).not.toContain(TOKEN);
  });

  it('is that nobody is signed in when nobody is, and no server is asked', async () => {
    const { answers, asked } = await asking(
      () => ({ status: 200, body: {} }),
      async () => {
        throw new Error('no session');
      },
    );
    await expect(answers['tenants.classes'].answer(undefined)).rejects.toMatchObject({ problem: { code: 'not-signed-in' } });
    expect(asked).toEqual([]);
  });
});

it('tells nothing that was read as one person after their session has ended', async () => {
  const { answers, forget, told } = await asking(({ url }) =>
    url?.includes('watch=true') === true
      ? { status: 403, body: {} }
      : { status: 200, body: { items: [aTenant()], metadata: { resourceVersion: '7' } } },
  );
  await answers['tenants.follow'].answer(undefined);
  await expect.poll(() => JSON.stringify(told), { timeout: 15_000 }).toContain('acme');
  forget();
  told.length = 0;
  await answers['tenants.follow'].answer(undefined);
  expect(told).toMatchObject([['tenants.changed', { reset: true, changed: [] }]]);
});

it('tells of each class how far its newest edit has come, and of one nobody has looked at that nothing has', async () => {
  const spec = {};
  const status = {
    total: 3,
    updated: 1,
    paused: 1,
    failed: ['acme'],
    conditions: [{ type: 'Ready', status: 'False', reason: 'RolloutHeld', message: 'acme is not Ready with it.' }],
  };
  const items = [
    { metadata: { name: 'standard' }, spec, status },
    { metadata: { name: 'new' }, spec },
  ];
  const { answers } = await asking(() => ({ status: 200, body: { metadata: { resourceVersion: '1' }, items } }));
  expect(await answers['tenants.classes'].answer(undefined)).toEqual([
    { name: 'new', spec, rollout: { total: 0, updated: 0, paused: 0, failed: [], reason: undefined, says: undefined } },
    {
      name: 'standard',
      spec,
      rollout: { total: 3, updated: 1, paused: 1, failed: ['acme'], reason: 'RolloutHeld', says: 'acme is not Ready with it.' },
    },
  ]);
});
