import { randomBytes, randomUUID } from 'node:crypto';
import { eventTypes, type TenantryClient, type User } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import type { TestPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryBut, type KeycloakTenant, keycloakTenant } from '../../../testing/keycloak-tenant.ts';
import { codeOf, problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../../testing/service-world.ts';
import { openDirectory } from '../../keycloak/open-directory.ts';
import type { IdentityDirectory } from '../../keycloak/port.ts';
import { createLog } from '../../telemetry/log.ts';
import { pooledDoor } from '../../tenancy/doors.ts';
import { changeUser } from './user-repository.ts';
import { UserService } from './user-service.ts';

let world: ServiceWorld;
let acme: KeycloakTenant;
let api: RunningApi;
let other: RunningApi;
let admin: TestPerson;
let client: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await keycloakTenant(world);
  [api, other] = await Promise.all([world.startApi(acme.config), world.startApi(acme.config)]);
  admin = await acme.person('admin');
  client = api.client((await admin.signIn()).accessToken);
});
afterAll(async () => {
  await acme?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const address = (): string => `invited-${randomBytes(5).toString('hex')}@example.test`;
const all = async (): Promise<User[]> => (await client.listUsers({ query: {} })).data.items;
const bySubject = async (subject: string): Promise<User> => (await client.getUser({ params: { id: subject } })).data;
const invite = async (role: User['role'] = 'viewer', email = address(), idempotencyKey?: string) => {
  const made = await client.inviteUser({ body: { email, role }, ...(idempotencyKey ? { idempotencyKey } : {}) });
  acme.alsoRemove(`/tenantry/users/${made.data.subject}`);
  return made;
};

/** A service as a process of its own would have it, with its own way to Keycloak. */
function service(directory: IdentityDirectory): UserService {
  const door = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
  return new UserService({ door, directory, log: createLog('silent', 'test') });
}
const realDirectory = (): IdentityDirectory => openDirectory(acme.config.issuer, acme.config.membersSecret);
const author = { actor: 'tester', traceId: '0'.repeat(32) };

describe('members', () => {
  it('of another tenant are like nobody: not shown, changed, reminded or removed (H14)', async () => {
    await using globex = await keycloakTenant(world);
    const stranger = await globex.person('viewer');
    const theirs = api.client((await (await globex.person('admin')).signIn()).accessToken);
    const before = (await theirs.getUser({ params: { id: stranger.id } })).data;
    for (const id of [stranger.id, randomUUID()]) {
      const params = { id };
      for (const attempt of [
        () => client.getUser({ params }),
        () => client.updateUser({ params, ifMatch: '"1"', body: { role: 'admin' } }),
        () => client.remindUser({ params }),
        () => client.removeUser({ params, ifMatch: '"1"' }),
      ]) {
        expect(await problemOf(attempt())).toMatchObject({ status: 404, code: 'not-found', detail: 'There is no such member.' });
      }
    }
    expect((await theirs.getUser({ params: { id: stranger.id } })).data).toEqual(before);
  });

  it('are listed whoever put them there, and show who was seen when', async () => {
    const viewer = await acme.person('viewer');
    const listed = await all();
    expect(listed.find(({ subject }) => subject === viewer.id)).toMatchObject({
      email: `${viewer.username}@example.test`,
      role: 'viewer',
      status: 'active',
      invitation: null,
      name: null,
      lastSeenAt: null,
      pending: false,
      version: 1,
    });
    const token = (await viewer.signIn()).accessToken;
    expect((await other.client(token).me({})).data.subject).toBe(viewer.id);
    // Written with the replica's next flush, which its end is one of.
    await other.stop();
    other = await world.startApi(acme.config);
    const seen = await bySubject(viewer.id);
    expect(seen).toMatchObject({ name: `${viewer.username} Sample`, version: 1 });
    expect(Date.parse(seen.lastSeenAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(await codeOf(api.client(token).listUsers({ query: {} }))).toBe('role-missing');
  });

  it('come in pages, each once', async () => {
    for (let times = 0; times < 3; times += 1) await invite();
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const page = (await client.listUsers({ query: { limit: 2, ...(cursor ? { cursor } : {}) } })).data;
      pages.push(...page.items.map(({ id }) => id));
      cursor = page.page.next ?? undefined;
    } while (cursor);
    expect(pages).toEqual((await all()).map(({ id }) => id));
    expect(new Set(pages).size).toBe(pages.length);
  });

  it('by invitation get an account, the role, and an answer that repeats under its key', async () => {
    const key = `invite-${randomBytes(4).toString('hex')}`;
    const email = address();
    const made = await invite('editor', email, key);
    expect(made.data).toMatchObject({
      email,
      role: 'editor',
      status: 'invited',
      pending: false,
      version: 1,
      invitation: { mail: 'not-sent' },
    });
    expect(made.headers.get('location')).toBe(`/v1/users/${made.data.id}`);
    expect(await acme.groupsOf(made.data.subject ?? '')).toEqual(['editor']);
    const again = await client.inviteUser({ body: { email, role: 'editor' }, idempotencyKey: key });
    expect([again.data, again.replayed]).toEqual([made.data, true]);
    expect(await codeOf(client.inviteUser({ body: { email, role: 'admin' }, idempotencyKey: key }))).toBe('idempotency-key-reused');
    expect(await codeOf(client.inviteUser({ body: { email: email.toUpperCase(), role: 'editor' } }))).toBe('user-exists');
    const { rows } = await world.admin.query(`select change, actor, after from ${acme.tenant.schema}.history where aggregate_id = $1`, [
      made.data.id,
    ]);
    expect(rows).toEqual([{ change: 'created', actor: admin.id, after: { email, role: 'editor', status: 'active' } }]);
  });

  it('may have any address Keycloak takes, and one it does not take leaves nothing behind', async () => {
    const email = `o'hara-${randomBytes(4).toString('hex')}@example.test`;
    expect((await invite('viewer', email)).data.email).toBe(email);
    const refused = `${'x'.repeat(70)}@example.test`;
    for (let times = 0; times < 2; times += 1) {
      expect(await problemOf(client.inviteUser({ body: { email: refused, role: 'viewer' } }))).toMatchObject({
        code: 'invalid-request',
        errors: [{ pointer: '/email' }],
      });
    }
    expect((await all()).filter((user) => user.email === refused)).toEqual([]);
    // Whoever heard of the invitation hears that it is none.
    const { rows } = await world.admin.query<{ types: string[]; changes: string[] }>(
      `select array_agg(o.type order by o.version) as types,
         (select array_agg(h.change order by h.version) from ${acme.tenant.schema}.history h where h.aggregate_id = o.aggregate_id) as changes
       from tenantry.outbox o where o.aggregate_id in (select id from ${acme.tenant.schema}.users where email = $1) group by o.aggregate_id`,
      [refused],
    );
    const told = { types: ['dev.tenantry.user.created.v1', 'dev.tenantry.user.deleted.v1'], changes: ['created', 'deleted'] };
    expect(rows).toEqual([told, told]);
  });

  it('are reminded once a minute at most, and once under a key', async () => {
    const { data } = await invite();
    const params = { id: data.id };
    expect(await problemOf(client.remindUser({ params }))).toMatchObject({ code: 'change-under-way' });
    await world.admin.query(`update ${acme.tenant.schema}.users set invited_at = now() - interval '2 minutes' where id = $1`, [data.id]);
    const reminded = await client.remindUser({ params, idempotencyKey: 'remind' });
    expect(reminded.data).toMatchObject({ id: data.id, version: 1, invitation: { mail: 'not-sent' } });
    expect(Date.parse(reminded.data.invitation?.sentAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const again = await client.remindUser({ params, idempotencyKey: 'remind' });
    expect([again.replayed, again.data]).toEqual([true, reminded.data]);
    expect((await client.getUser({ params })).data).toEqual(reminded.data);
  });

  it('invited ten times at once are one member and one account', async () => {
    const email = address();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => codeOf(client.inviteUser({ body: { email, role: 'viewer' } }))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    for (const outcome of outcomes) expect(['accepted', 'user-exists', 'change-under-way']).toContain(outcome);
    const accounts = await acme.keycloak.operator.get<{ id: string }[]>(`/tenantry/users?email=${email}&exact=true`);
    expect(accounts).toHaveLength(1);
    acme.alsoRemove(`/tenantry/users/${accounts?.[0]?.id}`);
    expect((await all()).filter((user) => user.email === email)).toHaveLength(1);
  });

  it('who are deactivated are refused by every replica within a moment, and keep their other tenants', async () => {
    const person = await acme.person('editor');
    const token = (await person.signIn()).accessToken;
    for (const each of [api, other]) expect(await codeOf(each.client(token).me({}))).toBe('accepted');
    const { id, version } = await bySubject(person.id);
    const off = await client.updateUser({ params: { id }, ifMatch: `"${version}"`, body: { status: 'deactivated' } });
    expect(off.data).toMatchObject({ status: 'deactivated', pending: false, version: version + 1 });
    for (const each of [api, other]) await eventually(async () => expect(await codeOf(each.client(token).me({}))).toBe('token-invalid'));
    expect(await acme.groupsOf(person.id)).toEqual([]);
    // The account lives; a token without this organization is of no use here.
    expect(await codeOf(api.client((await person.signIn('openid tenantry-api')).accessToken).me({}))).toBe('token-invalid');
    expect((await bySubject(person.id)).status).toBe('deactivated');

    const on = await client.updateUser({ params: { id }, ifMatch: off.etag ?? '', body: { status: 'active' } });
    expect(on.data).toMatchObject({ status: 'active', role: 'editor' });
    await eventually(async () => expect(await codeOf(api.client((await person.signIn()).accessToken).me({}))).toBe('accepted'));
    await client.removeUser({ params: { id }, ifMatch: on.etag ?? '' });
    const { rows } = await world.admin.query<{
      type: keyof typeof eventTypes;
      version: number;
      data: { changed?: string[]; invited?: boolean };
    }>('select type, version, data from tenantry.outbox where aggregate_id = $1 order by version', [id]);
    expect(rows.map((row) => [row.type.split('.')[3], row.version, row.data.changed ?? row.data.invited])).toEqual([
      ['created', 1, false],
      ['deactivated', 2, ['status']],
      ['updated', 3, ['status']],
      ['deleted', 4, undefined],
    ]);
    for (const { type, data } of rows) expect(eventTypes[type].safeParse(data).error).toBeUndefined();
  });

  it('who change role lose the old one at once', async () => {
    const person = await acme.person('admin');
    const token = (await person.signIn()).accessToken;
    expect((await other.client(token).me({})).data.roles).toEqual(['admin']);
    const { id, version } = await bySubject(person.id);
    await client.updateUser({ params: { id }, ifMatch: `"${version}"`, body: { role: 'viewer' } });
    await eventually(async () => expect(await codeOf(other.client(token).me({}))).toBe('token-invalid'));
    await eventually(async () => expect((await other.client((await person.signIn()).accessToken).me({})).data.roles).toEqual(['viewer']));
    expect(await acme.groupsOf(person.id)).toEqual(['viewer']);
    const stale = await problemOf(client.updateUser({ params: { id }, ifMatch: `"${version}"`, body: { role: 'admin' } }));
    expect(stale).toMatchObject({ code: 'version-stale', etag: `"${version + 1}"` });
  });

  it('who are removed are gone here, can be invited again, and keep their account', async () => {
    const email = address();
    const { data, etag } = await invite('viewer', email);
    await client.removeUser({ params: { id: data.id }, ifMatch: etag ?? '' });
    expect(await codeOf(client.getUser({ params: { id: data.id } }))).toBe('not-found');
    expect(await codeOf(client.removeUser({ params: { id: data.id }, ifMatch: etag ?? '' }))).toBe('not-found');
    expect(await acme.groupsOf(data.subject ?? '')).toEqual([]);
    expect((await invite('admin', email)).data).toMatchObject({ subject: data.subject, role: 'admin', version: 1 });
  });

  it('who were changed in Keycloak are shown as they are there', async () => {
    const person = await acme.person('viewer');
    const before = await bySubject(person.id);
    await realDirectory().place(acme.organizationId, person.id, 'editor');
    expect(await bySubject(person.id)).toMatchObject({ id: before.id, role: 'editor', version: 2 });
    await realDirectory().displace(acme.organizationId, person.id);
    expect(await codeOf(client.getUser({ params: { id: person.id } }))).toBe('not-found');
  });
});

describe('the last admin', () => {
  it('can be neither demoted nor deactivated nor removed, and of two who end each other at once one stays', async () => {
    const globex = await keycloakTenant(world);
    const served = await world.startApi(globex.config);
    const [one, two] = [await globex.person('admin'), await globex.person('admin')];
    const clients = [served.client((await one.signIn()).accessToken), served.client((await two.signIn()).accessToken)] as const;
    const [first, second] = [
      (await clients[0].getUser({ params: { id: one.id } })).data,
      (await clients[0].getUser({ params: { id: two.id } })).data,
    ];
    const outcomes = await Promise.all([
      codeOf(clients[0].updateUser({ params: { id: second.id }, ifMatch: '"1"', body: { role: 'viewer' } })),
      codeOf(clients[1].removeUser({ params: { id: first.id }, ifMatch: '"1"' })),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    const [survivor, own] = outcomes[0] === 'accepted' ? [one, first] : [two, second];
    const left = served.client((await survivor.signIn()).accessToken);
    for (const body of [{ role: 'editor' }, { status: 'deactivated' }] as const) {
      expect(await codeOf(left.updateUser({ params: { id: own.id }, ifMatch: '"1"', body }))).toBe('last-admin');
    }
    expect(await codeOf(left.removeUser({ params: { id: own.id }, ifMatch: '"1"' }))).toBe('last-admin');
    expect(await globex.groupsOf(survivor.id)).toEqual(['admin']);
    await globex[Symbol.asyncDispose]();
  });

  it('is kept by the database: twenty admins who demote each other in a ring leave one', async () => {
    // Rows alone: what decides the race is the statement, not Keycloak.
    const ring = await world.addTenant('ring');
    await world.admin.query(
      `insert into ${ring.schema}.users (id, subject, role, version, applied_version, created_at, updated_at)
       select gen_random_uuid(), 's' || n, 'admin', 1, 1, now(), now() from generate_series(1, 20) n`,
    );
    const { rows } = await world.admin.query<{ id: string }>(`select id from ${ring.schema}.users`);
    const door = pooledDoor({ connect: () => world.pooledConnection(), connections: 8, connectionsPerTenant: 8 });
    const written = await Promise.all(
      rows.map(({ id }) =>
        door.write(ring, (tx) =>
          changeUser(tx, { id, version: 1 } as never, { role: 'viewer', deactivated: false, removed: false }, author),
        ),
      ),
    );
    expect(written.filter((row) => row !== undefined)).toHaveLength(19);
    const left = await world.admin.query(`select from ${ring.schema}.users where role = 'admin'`);
    expect(left.rowCount).toBe(1);
    await door.close();
  });
});

describe('a process that dies', () => {
  const effects = ['account', 'place', 'invite'] as const;

  it.each(effects)('before it has done “%s” leaves an invitation that its repeat ends, once', async (effect) => {
    const email = address();
    const key = { key: `inviteUser:tester:${email}`, requestHash: 'h' };
    const dying = directoryBut(realDirectory(), { [effect]: () => new Promise<never>(() => {}) });
    // Never returns: what a killed process leaves is its row, claimed.
    void service(dying).invite(acme.tenant, { email, role: 'viewer' }, author, key);
    const row = await eventually(async () => {
      const { rows } = await world.admin.query(`select id from ${acme.tenant.schema}.users where email = $1`, [email]);
      expect(rows).toHaveLength(1);
      return rows[0] as { id: string };
    });
    const living = service(realDirectory());
    await expect(living.invite(acme.tenant, { email, role: 'viewer' }, author, key)).rejects.toMatchObject({ code: 'change-under-way' });
    await world.admin.query(`update ${acme.tenant.schema}.users set claimed_until = now() where id = $1`, [row.id]);
    const answer = await living.invite(acme.tenant, { email, role: 'viewer' }, author, key);
    const user = JSON.parse(answer.body ?? '') as User;
    acme.alsoRemove(`/tenantry/users/${user.subject}`);
    expect(user).toMatchObject({ id: row.id, pending: false, invitation: { mail: 'not-sent' } });
    expect(await acme.groupsOf(user.subject ?? '')).toEqual(['viewer']);
    const stored = await world.admin.query(`select body from ${acme.tenant.schema}.idempotency_keys where key = $1`, [key.key]);
    expect(JSON.parse(stored.rows[0].body)).toEqual(user);
  });

  it('in the middle of a change has it ended by another, from the row', async () => {
    const person = await acme.person('viewer');
    const { id } = await bySubject(person.id);
    const dying = directoryBut(realDirectory(), { displace: () => Promise.reject(new Error('killed')) });
    const user = await service(dying).change(acme.tenant, id, 1, { status: 'deactivated' }, author);
    expect(user).toMatchObject({ status: 'deactivated', pending: true });
    expect(await acme.groupsOf(person.id)).toEqual(['viewer']);
    expect(await codeOf(client.updateUser({ params: { id }, ifMatch: '"2"', body: { status: 'active' } }))).toBe('change-under-way');
    await world.admin.query(`update ${acme.tenant.schema}.users set claimed_until = now() where id = $1`, [id]);
    await world.admin.query(`update tenantry.identity_work set due_at = now() where id = $1`, [id]);
    // Whichever replica looks first.
    await eventually(async () => expect((await bySubject(person.id)).pending).toBe(false), { limitMs: 30_000 });
    expect(await acme.groupsOf(person.id)).toEqual([]);
    expect((await world.admin.query('select from tenantry.identity_work where id = $1', [id])).rowCount).toBe(0);
  });
});
