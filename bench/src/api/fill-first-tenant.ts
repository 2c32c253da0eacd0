import type { ApiWorld } from './api-world.ts';

/** Customers to read, and an index that is no toy, without history or events. Gives their ids. */
export async function fillFirstTenant({ admin, tenants }: ApiWorld, count: number): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into ${tenants[0].schema}.customers (id, external_id, name, email, phone, status, segment, tags, attributes, version, created_at, updated_at)
     select uuidv7(), 'crm-' || n, 'Grace Hopper ' || n, 'grace.' || n || '@filled.example.org', '+4930123456', 'active', 'enterprise',
       array['vip', 'newsletter'], '{"industry": "computing", "employees": 250, "country": "DE"}', 1, now(), now()
     from generate_series(1, $1::int) n returning id`,
    [count],
  );
  await admin.query(`vacuum analyze ${tenants[0].schema}.customers`);
  return rows.map(({ id }) => id);
}
