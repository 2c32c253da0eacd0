import type { Connection, Opening, Send } from '../postgres/connection.ts';
import type { Row } from '../postgres/flight.ts';
import type { OneTimeStatement } from '../postgres/one-time-statement.ts';
import { DoorClosed } from '../postgres/sql-errors.ts';
import type { TenantStatement } from '../postgres/statement.ts';
import { rendezvous } from './rendezvous.ts';
import type { ChangedCustomers, RowChanges } from './row-changes.ts';
import type { Tenant } from './tenant.ts';

/** The right to a tenant's rows, for one transaction. Only the doors of this file make one (design D6). */
class TenantTransaction {
  readonly tenant: Tenant;
  readonly #send: Send;
  #changed: Set<string> | undefined;
  #mayChange = false;

  constructor(tenant: Tenant, send: Send) {
    this.tenant = tenant;
    this.#send = send;
  }

  /** Sends a statement. All of a transaction's statements leave in one flight, so each must be sent before the first `await`. */
  run(statement: TenantStatement | OneTimeStatement, values: unknown[]): Promise<Row[]> {
    this.#mayChange ||= !('changesCustomers' in statement) || statement.changesCustomers;
    return this.#send(statement.of(this.tenant.schema), values);
  }

  /**
   * Says which customers' documents the transaction's statements may change (lower-case ids; an empty list for none), so that the cache keeps the
   * tenant's others. Saying nothing is always right, and empties more.
   */
  changes(ids: Iterable<string>): void {
    this.#changed ??= new Set();
    for (const id of ids) this.#changed.add(id);
  }

  /** For the door. */
  get changed(): ChangedCustomers {
    if (!this.#mayChange) return 'none';
    return this.#changed ?? 'any';
  }
}

export type { TenantTransaction };

/** The only way to tenants' rows. What comes back is committed; anything else throws. */
export interface Door {
  /** @throws DoorClosed, DatabaseAway, or the database's own error of the statement. */
  readonly read: <T>(tenant: Tenant, work: (tx: TenantTransaction) => Promise<T>) => Promise<T>;
  readonly write: <T>(tenant: Tenant, work: (tx: TenantTransaction) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** How tenants are spread over logins of which each may become its part of them. */
export interface TenantShards {
  readonly count: number;
  /** 0 to `count` − 1; always the same for a tenant. */
  readonly of: (tenant: Tenant) => number;
}

interface DoorOptions {
  /** A connection for tenants of this shard; 0 when there are none. */
  readonly connect: (shard: number) => Connection;
  /** Not more than `connections`. */
  readonly shards?: TenantShards | undefined;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly onFlight?: (kind: 'read' | 'write', seconds: number, tenant: Tenant) => void;
  /** Hears of every write. */
  readonly changes?: RowChanges | undefined;
}

interface PooledDoorOptions extends DoorOptions {
  /** Whether a write is answered before it is on the disk: for whoever does again what a crash of PostgreSQL takes back. */
  readonly leavesTheDiskBehind?: boolean;
}

/**
 * Door of the pooled replicas: a login that owns nothing takes the tenant's role for one transaction. Role and time limit travel with the
 * statement, are gone after `commit`, and need no round trip of their own.
 */
export function pooledDoor(options: PooledDoorOptions): Door {
  const openings = options.leavesTheDiskBehind ? { ...OPENINGS.tenant, write: AHEAD_OF_THE_DISK } : OPENINGS.tenant;
  return makeDoor(options, (tenant, kind) => ({ ...openings[kind], values: [tenant.appRole, milliseconds(tenant)] }));
}

/** Door of a dedicated tenant's replicas: the login is the tenant's own, so there is no other role to take and no other tenant to reach. */
export function dedicatedDoor(options: DoorOptions, tenantId: string): Door {
  return makeDoor({ ...options, connectionsPerTenant: options.connections }, (tenant, kind) => {
    if (tenant.tenantId !== tenantId) throw new DoorClosed(`this replica serves tenant ${tenantId} only`);
    return { ...OPENINGS.login[kind], values: [milliseconds(tenant)] };
  });
}

type Kind = 'read' | 'write';

const opening = (name: string, settings: readonly string[]): Omit<Opening, 'values'> => {
  const set = (all: readonly string[]): string => `select ${all.map((setting) => `set_config(${setting}, true)`).join(', ')}`;
  return {
    kept: { name: `${name}_kept`, text: set([...settings, `'plan_cache_mode', 'force_generic_plan'`]) },
    oneTime: { name, text: set(settings) },
  };
};

/** Local to the transaction, like `set local`. The role comes first: whoever may not take it gets no further. */
const AS_TENANT = [`'role', $1`, `'statement_timeout', $2`];
const AS_LOGIN = [`'statement_timeout', $1`];
const READ_ONLY = `'transaction_read_only', 'on'`;
const OPENINGS = {
  tenant: { read: opening('read_as_tenant', [...AS_TENANT, READ_ONLY]), write: opening('write_as_tenant', AS_TENANT) },
  login: { read: opening('read_as_login', [...AS_LOGIN, READ_ONLY]), write: opening('write_as_login', AS_LOGIN) },
};
const AHEAD_OF_THE_DISK = opening('write_ahead_of_disk', [...AS_TENANT, `'synchronous_commit', 'off'`]);

function milliseconds(tenant: Tenant): number {
  const limit = Math.trunc(tenant.statementTimeoutMs);
  // 0 would mean no limit at all.
  if (!(limit >= 1)) throw new RangeError('a statement timeout is at least 1 ms');
  return limit;
}

function makeDoor(options: DoorOptions, openingOf: (tenant: Tenant, kind: Kind) => Opening): Door {
  const { shards = { count: 1, of: () => 0 } } = options;
  const connections = Array.from({ length: options.connections }, (_, place) => options.connect(place % shards.count));
  const places = new Map<string, Connection[]>();

  /** Few connections a tenant, so that a backend keeps few tenants' catalogs and plans (M12); of those the least busy. */
  const pick = (tenant: Tenant): Connection => {
    let candidates = places.get(tenant.tenantId);
    if (candidates === undefined) {
      const ofShard = connections.filter((_, place) => place % shards.count === shards.of(tenant));
      candidates = rendezvous(tenant.tenantId, ofShard.length, options.connectionsPerTenant).map((place) => ofShard[place] as Connection);
      places.set(tenant.tenantId, candidates);
    }
    return candidates.reduce((best, next) => (next.inFlight < best.inFlight ? next : best));
  };

  const enter = async <T>(kind: Kind, tenant: Tenant, work: (tx: TenantTransaction) => Promise<T>): Promise<T> => {
    const started = performance.now();
    const ticket = kind === 'write' ? (options.changes?.begin(tenant) ?? 0) : 0;
    let tx: TenantTransaction | undefined;
    try {
      const result = await pick(tenant).fly(openingOf(tenant, kind), tenant.statementTimeoutMs, (send) => {
        tx = new TenantTransaction(tenant, send);
        return work(tx);
      });
      options.onFlight?.(kind, (performance.now() - started) / 1000, tenant);
      return result;
    } finally {
      // Also when it failed: a connection that broke may have committed.
      const changed = kind === 'write' ? (tx?.changed ?? 'none') : 'none';
      if (changed !== 'none') await options.changes?.ended(tenant, ticket, changed);
    }
  };
  return {
    read: (tenant, work) => enter('read', tenant, work),
    write: (tenant, work) => enter('write', tenant, work),
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}
