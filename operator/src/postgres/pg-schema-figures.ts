import type { DatabaseReading, TenantNames } from '@tenantry/contracts';
import { currentTenantVersion, latestVersion } from '@tenantry/tenant-schema';
import type { FencedPool } from './fenced-pool.ts';

/** How large a tenant's schema is, which version it has, and who is connected as the tenant. Reads only. */
export class PgSchemaFigures {
  readonly #pool: FencedPool;

  constructor(pool: FencedPool) {
    this.#pool = pool;
  }

  /** @param limitMs the server gives up after it: nobody waits behind a migration's lock, and a connection is soon back. */
  async read({ schema, ownerRole, appRole, readOnlyRole }: TenantNames, limitMs: number): Promise<DatabaseReading> {
    return this.#pool.connected(async (client) => {
      await client.query(`begin read only; set local statement_timeout = ${limitMs}`);
      const size = await client.query<SizeRow>(SIZE, [schema, ownerRole]);
      const logins = await client.query<LoginRow>(LOGINS, [[appRole, readOnlyRole], `${appRole}$`]);
      const server = await client.query<ServerRow>(SERVER);
      const version = await currentTenantVersion(client, schema);
      await client.query('commit');
      const [found] = size.rows;
      const [{ connections = 0, limit = 0 } = {}] = server.rows;
      if (found === undefined) return { state: 'none' };
      return {
        state: 'read',
        schema,
        tables: found.tables,
        tableBytes: Number(found.total_bytes) - Number(found.index_bytes),
        indexBytes: Number(found.index_bytes),
        version,
        latestVersion: latestVersion('tenant'),
        logins: logins.rows.map(({ name, is_own, connections: open, limit: most }) => ({
          name,
          isOwn: is_own,
          connections: open,
          limit: most < 0 ? null : most,
        })),
        server: { connections, limit },
      };
    });
  }
}

interface SizeRow {
  readonly tables: number;
  readonly total_bytes: string;
  readonly index_bytes: string;
}

/**
 * pg_class has no index by schema, and with thousands of schemas it has a million rows; pg_depend has one. No row: there is no such schema, or somebody
 * else's has the name.
 */
const SIZE = `
select count(c.oid) filter (where c.relkind in ('r', 'p'))::int as tables,
       coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0) as total_bytes,
       coalesce(sum(pg_catalog.pg_indexes_size(c.oid)), 0) as index_bytes
  from pg_catalog.pg_namespace n
  left join (pg_catalog.pg_depend d
       join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'm', 'S'))
    on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid and d.classid = 'pg_catalog.pg_class'::regclass
 where n.nspname = $1 and pg_catalog.pg_get_userbyid(n.nspowner) = $2
 group by n.oid`;

interface LoginRow {
  readonly name: string;
  readonly is_own: boolean;
  readonly connections: number;
  readonly limit: number;
}

/** Logins that may become the tenant's app or read-only role, but for the operator's own. What a session does is not the operator's to see; that it is there is. */
const LOGINS = `
select r.rolname as name, starts_with(r.rolname, $2) as is_own, r.rolconnlimit as limit,
       (select count(*) from pg_catalog.pg_stat_activity a where a.usesysid = r.oid)::int as connections
  from pg_catalog.pg_roles r
 where r.rolcanlogin and r.rolname <> current_user
   and exists (select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles t on t.oid = m.roleid
                where m.member = r.oid and t.rolname = any ($1))
 order by is_own desc, name`;

interface ServerRow {
  readonly connections: number;
  readonly limit: number;
}

const SERVER = `
select sum(numbackends)::int as connections, current_setting('max_connections')::int as limit from pg_catalog.pg_stat_database`;
