import { randomUUID } from 'node:crypto';
import type { TenantryClient } from '@tenantry/contracts';
import { machineToken } from '@tenantry/stack/keycloak/tokens.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directoryBut, type KeycloakTenant, keycloakTenant } from '../../../testing/keycloak-tenant.ts';
import { codeOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../../testing/service-world.ts';
import { openDirectory } from '../../keycloak/open-directory.ts';
import type { IdentityDirectory } from '../../keycloak/port.ts';
import { createLog } from '../../telemetry/log.ts';
import { type Door, pooledDoor } from '../../tenancy/doors.ts';
import { MachineClientService } from './machine-client-service.ts';

let world: ServiceWorld;
let acme: KeycloakTenant;
let api: RunningApi;
let other: RunningApi;
let client: TenantryClient;
let door: Door;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await keycloakTenant(world);
  [api, other] = await Promise.all([world.startApi(acme.config), world.startApi(acme.config)]);
  client = api.client((await (await acme.person('admin')).signIn()).accessToken);
  door = pooledDoor({ connect: () => world.pooledConnection(), connections: 2, connectionsPerTenant: 2 });
});
afterAll(async () => {
  await acme?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const { id } of (await client.listMachineClients({})).data.items) await client.deleteMachineClient({ params: { id } });
});

interface Secret {
  readonly clientId: string;
  readonly clientSecret: string;
}
const tokenOf = async (secret: Secret | null): Promise<string> => {
  if (secret === null) throw new Error('no secret was given');
  return (await machineToken(acme.keycloak.tenants, { id: secret.clientId, secret: secret.clientSecret })).accessToken;
};
const outcomeOf = (secret: Secret | null): Promise<string> =>
  tokenOf(secret).then(
    () => 'token',
    () => 'refused',
  );
const clientsInKeycloak = async (): Promise<number> => (await acme.machineClients()).length;

describe('a machine client', () => {
  it('of another tenant is like nobody’s: not rotated, not deleted, and it goes on working (H14)', async () => {
    await using globex = await keycloakTenant(world);
    const theirs = api.client((await (await globex.person('admin')).signIn()).accessToken);
    const { data } = await theirs.createMachineClient({ body: { name: 'sync' } });
    for (const id of [data.machineClient.id, randomUUID()]) {
      expect(await codeOf(client.rotateMachineClient({ params: { id }, body: {} }))).toBe('not-found');
      expect(await codeOf(client.deleteMachineClient({ params: { id } }))).toBe('not-found');
    }
    expect(await outcomeOf(data.secret)).toBe('token');
    await theirs.deleteMachineClient({ params: { id: data.machineClient.id } });
  });

  it('gets a token with its secret and is what its role says', async () => {
    const { data } = await client.createMachineClient({ body: { name: 'sync' } });
    expect(data.secret?.tokenUrl).toBe(`${acme.config.issuer}/protocol/openid-connect/token`);
    const me = (await api.client(await tokenOf(data.secret)).me({})).data;
    expect(me).toMatchObject({
      kind: 'machine',
      roles: ['machine'],
      clientId: data.secret?.clientId,
      name: null,
      tenant: { slug: acme.slug },
    });
    const reader = (await client.createMachineClient({ body: { name: 'reader', role: 'viewer' } })).data;
    expect((await api.client(await tokenOf(reader.secret)).me({})).data.roles).toEqual(['viewer']);

    expect((await client.listMachineClients({})).data.items).toEqual([reader.machineClient, data.machineClient]);
    expect(JSON.stringify((await client.listMachineClients({})).data)).not.toContain(data.secret?.clientSecret);
    expect(await codeOf(client.createMachineClient({ body: { name: 'SYNC' } }))).toBe('machine-client-exists');
    expect(await codeOf(api.client(await tokenOf(data.secret)).listMachineClients({}))).toBe('role-missing');
  });

  it('is made once under its key; the repeat has no secret, and none is stored', async () => {
    const idempotencyKey = 'make-once';
    const first = await client.createMachineClient({ body: { name: 'once' }, idempotencyKey });
    const again = await client.createMachineClient({ body: { name: 'once' }, idempotencyKey });
    expect([again.replayed, again.data]).toEqual([true, { machineClient: first.data.machineClient, secret: null }]);
    const { rows } = await world.admin.query(
      `select (select string_agg(k::text, '') from ${acme.tenant.schema}.idempotency_keys k) ||
        (select string_agg(c::text, '') from ${acme.tenant.schema}.machine_credentials c) as text`,
    );
    expect(rows[0].text).toContain(first.data.secret?.clientId);
    expect(rows[0].text).not.toContain(first.data.secret?.clientSecret);
  });

  it('rotates with an overlap: both secrets are good, the older one until it ends; a third has to wait', async () => {
    const made = (await client.createMachineClient({ body: { name: 'rotating' } })).data;
    const params = { id: made.machineClient.id };
    const rotated = (await client.rotateMachineClient({ params, body: { overlapSeconds: 3600 } })).data;
    expect(rotated.machineClient.credentials.map(({ clientId, expiresAt }) => [clientId, expiresAt !== null])).toEqual([
      [rotated.secret?.clientId, false],
      [made.secret?.clientId, true],
    ]);
    expect((await client.listMachineClients({})).data.items).toEqual([rotated.machineClient]);
    for (const secret of [made.secret, rotated.secret]) expect(await codeOf(api.client(await tokenOf(secret)).me({}))).toBe('accepted');
    expect(await codeOf(client.rotateMachineClient({ params, body: { overlapSeconds: 0 } }))).toBe('rotation-under-way');

    const token = await tokenOf(made.secret);
    expect(await codeOf(other.client(token).me({}))).toBe('accepted');
    const { schema } = acme.tenant;
    await world.admin.query(`update ${schema}.machine_credentials set expires_at = now() where client_id = $1`, [made.secret?.clientId]);
    await world.admin.query('update tenantry.identity_work set due_at = now()');
    await eventually(async () => expect(await outcomeOf(made.secret)).toBe('refused'), { limitMs: 30_000 });
    await eventually(async () => expect(await codeOf(other.client(token).me({}))).toBe('token-invalid'));
    expect(await outcomeOf(rotated.secret)).toBe('token');
    expect((await world.admin.query('select from tenantry.identity_work')).rowCount).toBe(0);
  });

  it('rotates without an overlap: the old secret and its tokens end with the answer', async () => {
    const made = (await client.createMachineClient({ body: { name: 'leaked' } })).data;
    const token = await tokenOf(made.secret);
    expect(await codeOf(other.client(token).me({}))).toBe('accepted');
    const rotated = (await client.rotateMachineClient({ params: { id: made.machineClient.id }, body: { overlapSeconds: 0 } })).data;
    expect(rotated.machineClient.credentials).toHaveLength(1);
    expect(await outcomeOf(made.secret)).toBe('refused');
    await eventually(async () => expect(await codeOf(other.client(token).me({}))).toBe('token-invalid'));
    expect(await codeOf(other.client(await tokenOf(rotated.secret)).me({}))).toBe('accepted');
    // Two alternate, so there is room for the next one.
    await client.rotateMachineClient({ params: { id: made.machineClient.id }, body: { overlapSeconds: 0 } });
  });

  it('that is deleted is refused by every replica, and its name is free', async () => {
    const made = (await client.createMachineClient({ body: { name: 'short-lived' } })).data;
    const token = await tokenOf(made.secret);
    for (const each of [api, other]) expect(await codeOf(each.client(token).me({}))).toBe('accepted');
    const params = { id: made.machineClient.id };
    await client.deleteMachineClient({ params });
    for (const each of [api, other]) await eventually(async () => expect(await codeOf(each.client(token).me({}))).toBe('token-invalid'));
    expect(await outcomeOf(made.secret)).toBe('refused');
    for (const again of [client.deleteMachineClient({ params }), client.rotateMachineClient({ params, body: {} })]) {
      expect(await codeOf(again)).toBe('not-found');
    }
    expect(await codeOf(client.createMachineClient({ body: { name: 'short-lived' } }))).toBe('accepted');
  });

  it('is one of twenty at most, also when thirty are asked for at once', async () => {
    const { schema } = acme.tenant;
    await world.admin.query(
      `insert into ${schema}.machine_clients (id, name, role, slot, version, created_by, created_at, updated_at)
       select gen_random_uuid(), 'filler ' || n, 'viewer', n, 1, 'test', now(), now() from generate_series(1, 17) n`,
    );
    const names = Array.from({ length: 8 }, (_, at) => `one of many ${at}`);
    const outcomes = await Promise.all(names.map((name) => codeOf(client.createMachineClient({ body: { name } }))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'limit-reached')).toHaveLength(5);
    await world.admin.query(`update ${schema}.machine_clients set removed_at = now() where name like 'filler %'`);
  });
});

describe('a process that dies', () => {
  const key = { key: 'createMachineClient:tester:k', requestHash: 'h' };
  const author = { actor: 'tester', traceId: '0'.repeat(32) };
  const answerOf = (made: unknown) => ({ status: 201, headers: {}, body: JSON.stringify(made) });
  const service = (directory: IdentityDirectory) =>
    new MachineClientService({ door, directory, tokenUrl: 'https://id.example.test/token', log: createLog('silent', 'test') });
  const real = (): IdentityDirectory => openDirectory(acme.config.issuer, acme.config.membersSecret);
  /** Dies behind the effect: Keycloak has the client, the row still says “making”. */
  const dying = (): IdentityDirectory => {
    const directory = real();
    return directoryBut(directory, {
      makeCredential: async (credential) => {
        await directory.makeCredential(credential);
        return new Promise<never>(() => {});
      },
    });
  };
  const begun = (name: string) =>
    eventually(async () => {
      const { rows } = await world.admin.query<{ id: string }>(`select id from ${acme.tenant.schema}.machine_clients where name = $1`, [
        name,
      ]);
      expect(rows).toHaveLength(1);
      return rows[0]?.id ?? '';
    });

  it('behind the effect leaves a client its repeat ends: one client, one secret that works', async () => {
    const before = await clientsInKeycloak();
    void service(dying()).create(acme.tenant, { name: 'interrupted', role: 'machine' }, author, key, answerOf);
    const id = await begun('interrupted');
    await eventually(async () => expect(await clientsInKeycloak()).toBe(before + 1));
    expect((await client.listMachineClients({})).data.items).toEqual([]);
    const living = service(real());
    const create = () => living.create(acme.tenant, { name: 'interrupted', role: 'machine' }, author, key, answerOf);
    await expect(create()).rejects.toMatchObject({ code: 'change-under-way' });
    await world.admin.query(`update ${acme.tenant.schema}.machine_credentials set claimed_until = now() where machine_client = $1`, [id]);
    const made = JSON.parse((await create()).body ?? '');
    expect(made.machineClient.id).toBe(id);
    expect(await codeOf(api.client(await tokenOf(made.secret)).me({}))).toBe('accepted');
    expect(await clientsInKeycloak()).toBe(before + 1);
  });

  it('and is not repeated has what it began taken back', async () => {
    const before = await clientsInKeycloak();
    void service(dying()).create(acme.tenant, { name: 'forgotten', role: 'machine' }, author, undefined, answerOf);
    const id = await begun('forgotten');
    await eventually(async () => expect(await clientsInKeycloak()).toBe(before + 1));
    await world.admin.query(`update ${acme.tenant.schema}.machine_credentials set claimed_until = now() where machine_client = $1`, [id]);
    await world.admin.query('update tenantry.identity_work set due_at = now() where id = $1', [id]);
    await eventually(async () => expect(await clientsInKeycloak()).toBe(before), { limitMs: 30_000 });
    await eventually(async () => {
      const { rows } = await world.admin.query(
        `select removed_at is not null as gone from ${acme.tenant.schema}.machine_clients where id = $1`,
        [id],
      );
      expect(rows).toEqual([{ gone: true }]);
    });
  });
});
