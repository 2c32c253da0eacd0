import type { Connection, Flight, Row, Send } from '../postgres/connection.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import type { OneTimeStatement } from '../postgres/one-time-statement.ts';
import { DoorClosed, sqlState } from '../postgres/sql-errors.ts';
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

interface DoorOptions {
  readonly connect: () => Connection;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly onFlight?: (kind: 'read' | 'write', seconds: number) => void;
  /** Hears of every write. */
  readonly changes?: RowChanges | undefined;
}

/**
 * Door of the pooled replicas: a login that owns nothing takes the tenant's role for one transaction. Role and time limit travel with the
 * statement, are gone after `commit`, and need no round trip of their own.
 */
export function pooledDoor(options: DoorOptions): Door {
  return makeDoor(
    options,
    (tenant, kind) =>
      `${begin(kind)}; set local role ${quoteIdentifier(tenant.appRole)}; set local statement_timeout = ${milliseconds(tenant)}`,
  );
}

/** Door of a dedicated tenant's replicas: the login is the tenant's own, so there is no other role to take and no other tenant to reach. */
export function dedicatedDoor(options: DoorOptions, tenantId: string): Door {
  return makeDoor({ ...options, connectionsPerTenant: options.connections }, (tenant, kind) => {
    if (tenant.tenantId !== tenantId) throw new DoorClosed(`this replica serves tenant ${tenantId} only`);
    return `${begin(kind)}; set local statement_timeout = ${milliseconds(tenant)}`;
  });
}

type Kind = 'read' | 'write';

const begin = (kind: Kind): string => (kind === 'read' ? 'begin read only' : 'begin');

function milliseconds(tenant: Tenant): number {
  const limit = Math.trunc(tenant.statementTimeoutMs);
  // 0 would mean no limit at all.
  if (!(limit >= 1)) throw new RangeError('a statement timeout is at least 1 ms');
  return limit;
}

function makeDoor(options: DoorOptions, opening: (tenant: Tenant, kind: Kind) => string): Door {
  const connections = Array.from({ length: options.connections }, options.connect);
  const places = new Map<string, Connection[]>();

  /** Few connections a tenant, so that a backend keeps few tenants' catalogs and plans (M12); of those the least busy. */
  const pick = (tenantId: string): Connection => {
    let candidates = places.get(tenantId);
    if (candidates === undefined) {
      candidates = rendezvous(tenantId, connections.length, options.connectionsPerTenant).map((place) => connections[place] as Connection);
      places.set(tenantId, candidates);
    }
    return candidates.reduce((best, next) => (next.inFlight < best.inFlight ? next : best));
  };

  const enter = async <T>(kind: Kind, tenant: Tenant, work: (tx: TenantTransaction) => Promise<T>): Promise<T> => {
    const started = performance.now();
    const ticket = kind === 'write' ? (options.changes?.begin(tenant) ?? 0) : 0;
    let tx: TenantTransaction | undefined;
    try {
      const flight = await pick(tenant.tenantId).fly(opening(tenant, kind), tenant.statementTimeoutMs, (send) => {
        tx = new TenantTransaction(tenant, send);
        return work(tx);
      });
      options.onFlight?.(kind, (performance.now() - started) / 1000);
      return committed(flight);
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

/** A refused role aborts the transaction; its statement then fails and `commit` answers ROLLBACK instead of an error (M16). */
function committed<T>(flight: Flight<T>): T {
  if (flight.opening.status === 'rejected') {
    throw new DoorClosed(`the transaction could not begin as the tenant (SQLSTATE ${sqlState(flight.opening.reason)})`, {
      cause: flight.opening.reason,
    });
  }
  if (flight.work.status === 'rejected') throw flight.work.reason;
  if (flight.commitTag !== 'COMMIT') throw new DoorClosed(`the transaction ended with ${flight.commitTag} instead of COMMIT`);
  return flight.work.value;
}
