import { randomUUID } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';
import { provisionTenantDatabase } from './testing/provision-tenant-database.ts';

const DENIED = { code: '42501' };
let cell: FreshCell;
let operator: pg.Client;
let relay: pg.Client;
let registry: pg.Client;

beforeAll(async () => {
  cell = await freshCell((await runningStack('postgres')).postgres);
  operator = await cell.connectAs('operator');
  relay = await cell.connectAs('relay');
  registry = await cell.connectAs('registry');
  for (const slug of ['acme', 'globex']) await provisionTenantDatabase(operator, { slug, cell: cell.cell });
});
afterAll(async () => await cell?.drop());

/** An event of a tenant, as a pooled request writes it. */
async function writeEvent(slug: string, version = 1, aggregateId: string = randomUUID()): Promise<string> {
  const api = await cell.connectAs('api');
  const id = randomUUID();
  await api.query(`begin; set local role "t_${slug}_app@${cell.cell}"; insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, data)
    values ('${id}', 'probe', 'customer', '${aggregateId}', ${version}, now(), '{}'); commit`);
  await api.end();
  return id;
}

describe('the outbox', () => {
  it('names the writer by the role of the transaction', async () => {
    const id = await writeEvent('globex');
    const { rows } = await relay.query('select writer::text as writer from tenantry.outbox where id = $1', [id]);
    expect(rows).toEqual([{ writer: `t_globex_app@${cell.cell}` }]);
  });

  it('is claimed by one relay at a time and deleted by it', async () => {
    await relay.query('delete from tenantry.outbox');
    const id = await writeEvent('acme');
    await relay.query('begin');
    const claim = 'select id from tenantry.outbox order by id limit 10 for update skip locked';
    expect((await relay.query(claim)).rows).toEqual([{ id }]);
    const other = await cell.connectAs('relay');
    await other.query('begin');
    expect((await other.query(claim)).rows).toEqual([]);
    await other.query('rollback');
    expect((await relay.query('delete from tenantry.outbox where id = $1', [id])).rowCount).toBe(1);
    await relay.query('commit');
    expect((await relay.query('select from tenantry.outbox')).rowCount).toBe(0);
  });

  it('cannot be changed or added to by the relay', async () => {
    const id = await writeEvent('acme');
    await expect(relay.query('update tenantry.outbox set id = gen_random_uuid() where id = $1', [id])).rejects.toMatchObject(DENIED);
    await expect(relay.query(`update tenantry.outbox set data = '{}'`)).rejects.toMatchObject(DENIED);
    await expect(
      relay.query(
        `insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, data) values (gen_random_uuid(), 'x', 'x', gen_random_uuid(), 1, now(), '{}')`,
      ),
    ).rejects.toMatchObject(DENIED);
  });

  it('takes one event a version, and a tenant cannot take a version of another’s aggregate', async () => {
    const aggregateId = randomUUID();
    await writeEvent('acme', 1, aggregateId);
    await expect(writeEvent('acme', 1, aggregateId)).rejects.toMatchObject({ constraint: 'outbox_aggregate' });
    await writeEvent('globex', 1, aggregateId);
  });

  it('keeps the versions of a tenant’s own life from the tenant', async () => {
    await expect(writeEvent('acme', 1_000_000_000)).rejects.toMatchObject(DENIED);
    await writeEvent('acme', 999_999_999);
  });

  it('is closed to the registry’s reader and to the api itself', async () => {
    await expect(registry.query('select * from tenantry.outbox')).rejects.toMatchObject(DENIED);
    await expect((await cell.connectAs('api')).query('select * from tenantry.outbox')).rejects.toMatchObject(DENIED);
  });
});

describe('the registry', () => {
  it.each(['registry', 'relay'] as const)('is read whole by the %s login and not written', async (login) => {
    const client = login === 'registry' ? registry : relay;
    const { rows } = await client.query('select slug from tenantry.tenants order by slug');
    expect(rows).toEqual([{ slug: 'acme' }, { slug: 'globex' }]);
    await expect(client.query(`update tenantry.tenants set state = 'Closed'`)).rejects.toMatchObject(DENIED);
    await expect(client.query('select * from tenantry.tombstones')).rejects.toMatchObject(DENIED);
    await expect(client.query('select * from t_acme.customers')).rejects.toMatchObject(DENIED);
  });

  it('announces every changed row by its tenantId, and nothing when nothing changed', async () => {
    const heard: (string | undefined)[] = [];
    registry.on('notification', ({ payload }) => heard.push(payload));
    await registry.query('listen tenantry_tenants');
    const { rows } = await operator.query(`update tenantry.tenants set class = 'gold' returning tenant_id::text as id`);
    await operator.query(`update tenantry.tenants set class = 'gold' where slug = 'nobody'`);
    const id = randomUUID();
    await operator.query(
      `insert into tenantry.tenants (tenant_id, slug, uid, state, class, mode, schema_name, app_role, events_topic, statement_timeout_ms)
       values ($1, 'third', '', 'Active', 'gold', 'Pooled', 't_third', 't_third_app', 'third.events', 1000)`,
      [id],
    );
    await operator.query('delete from tenantry.tenants where tenant_id = $1', [id]);
    await expect.poll(() => heard.length).toBe(4);
    expect(heard.slice(0, 2).sort()).toEqual(rows.map((row) => row.id).sort());
    expect(heard.slice(2)).toEqual([id, id]);
  });
});

describe('what replicas tell each other about members', () => {
  const asTenant = async (slug: string, sql: string) => {
    const api = await cell.connectAs('api');
    try {
      return await api.query(`begin; set local role "t_${slug}_app@${cell.cell}"; ${sql}; commit`);
    } finally {
      await api.end();
    }
  };
  const tables = [
    ['revoked_tokens', `(subject, issued_until) values ('s-1', now())`],
    ['identity_work', `(kind, id, due_at) values ('user', '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d31', now())`],
  ] as const;

  it.each(tables)('%s carries its writer, whatever the writer says, and is nobody else’s to see or change', async (table, row) => {
    await asTenant('acme', `insert into tenantry.${table} ${row}`);
    const { rows } = await registry.query(`select writer::text as writer from tenantry.${table}`);
    expect(rows).toEqual([{ writer: `t_acme_app@${cell.cell}` }]);
    const forged = row.replace('(', '(writer, ').replace('values (', `values ('t_acme_app@${cell.cell}', `);
    await expect(asTenant('globex', `insert into tenantry.${table} ${forged} on conflict do nothing`)).rejects.toMatchObject(DENIED);
    await asTenant('globex', `delete from tenantry.${table}`);
    const column = table === 'revoked_tokens' ? 'issued_until' : 'due_at';
    await asTenant('globex', `update tenantry.${table} set ${column} = 'infinity'`);
    expect((await registry.query(`select from tenantry.${table} where ${column} < 'infinity'`)).rowCount).toBe(1);
    await expect(registry.query(`delete from tenantry.${table}`)).rejects.toMatchObject(DENIED);
    await expect(relay.query(`select * from tenantry.${table}`)).rejects.toMatchObject(DENIED);
    const seen = (await asTenant('globex', `select * from tenantry.${table}`)) as unknown as { rowCount: number }[];
    expect(seen.map(({ rowCount }) => rowCount)).toContain(0);
  });

  it('announces revoked tokens to whoever listens', async () => {
    let heard = 0;
    registry.on('notification', ({ channel }) => {
      if (channel === 'tenantry_revoked_tokens') heard += 1;
    });
    await registry.query('listen tenantry_revoked_tokens');
    await asTenant('acme', `insert into tenantry.revoked_tokens (subject, issued_until) values ('s-2', now())`);
    await expect.poll(() => heard).toBe(1);
  });
});

describe('webhooks that are due', () => {
  const due = `tenantry.webhook_due (delivery_id, endpoint_id, due_at) values (gen_random_uuid(), gen_random_uuid(), now())`;
  const as = async (slug: string, sql: string) => {
    const projector = await cell.connectAs('projector');
    try {
      return await projector.query(`begin; set local role "t_${slug}_app@${cell.cell}"; ${sql}; commit`);
    } finally {
      await projector.end();
    }
  };

  it('are each tenant’s own, and only a sender sees them all', async () => {
    await as('acme', `insert into ${due}`);
    await as('globex', 'delete from tenantry.webhook_due');
    const sender = await cell.connectAs('sender');
    const { rows } = await sender.query('select writer::text as writer from tenantry.webhook_due');
    expect(rows).toEqual([{ writer: `t_acme_app@${cell.cell}` }]);
    const forged = due.replace('(', '(writer, ').replace('values (', `values ('t_acme_app@${cell.cell}', `);
    await expect(as('globex', `insert into ${forged}`)).rejects.toMatchObject(DENIED);
    await expect(registry.query('select from tenantry.webhook_due')).rejects.toMatchObject(DENIED);
  });

  it('are queued by a sender, who changes nothing else of them', async () => {
    const sender = await cell.connectAs('sender');
    expect((await sender.query('update tenantry.webhook_due set queued_until = now()')).rowCount).toBeGreaterThan(0);
    await expect(sender.query('update tenantry.webhook_due set due_at = now()')).rejects.toMatchObject(DENIED);
    await expect(sender.query('delete from tenantry.webhook_due')).rejects.toMatchObject(DENIED);
    await expect(sender.query(`insert into ${due}`)).rejects.toMatchObject(DENIED);
    expect((await sender.query('select from tenantry.tenants')).rowCount).toBeGreaterThan(1);
  });
});

describe('a tenant’s end', () => {
  it('is a renamed schema first, and nothing after the purge', async () => {
    const names = await provisionTenantDatabase(operator, { slug: 'leaver', cell: cell.cell, password: 'leaver' });
    const retired = `retired_${names.tenantId.replaceAll('-', '_')}`;
    const owner = `"${names.ownerRole}"`;
    const me = `"${cell.logins.operator}"`;
    await expect(operator.query(`alter schema ${names.schema} rename to ${retired}`)).rejects.toMatchObject(DENIED);
    await operator.query(`begin; grant ${owner} to ${me} with inherit true, set true; alter schema ${names.schema} rename to ${retired};
      grant ${owner} to ${me} with inherit false, set true; update tenantry.schema_versions set schema_name = '${retired}' where schema_name = '${names.schema}'; commit`);
    await expect(operator.query(`select * from ${retired}.customers`)).rejects.toMatchObject(DENIED);

    await operator.query(`begin; set local role ${owner}; drop schema ${retired} cascade; drop owned by ${owner}; reset role;
      drop role "${names.login(1)}", "${names.appRole}", "${names.readOnlyRole}", ${owner};
      delete from tenantry.schema_versions where schema_name = '${retired}'; delete from tenantry.tenants where tenant_id = '${names.tenantId}'; commit`);
    const { rows } = await operator.query(
      `select (select count(*)::int from pg_roles where rolname like 't_leaver%') as roles, (select count(*)::int from pg_namespace where nspname = $1) as schemas,
         (select count(*)::int from pg_default_acl where pg_get_userbyid(defaclrole) like 't_leaver%' or pg_get_userbyid(defaclrole) like 'unknown%') as defaults`,
      [retired],
    );
    expect(rows).toEqual([{ roles: 0, schemas: 0, defaults: 0 }]);
  });
});
