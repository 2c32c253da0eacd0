import type pg from 'pg';
import { AskingConnection } from '../postgres/asking-connection.ts';
import { sqlState } from '../postgres/sql-errors.ts';
import type { PreparedStatement } from '../postgres/statement.ts';
import { type WalPosition, walPosition } from './wal-position.ts';

/** What is asked of a cell's primary and of its replica, beside the reads themselves. Each throws when there is no answer. */
export interface ReplicaServers {
  /** Up to where the primary's log is on disk; all that was acknowledged is in it. */
  readonly primaryPosition: () => Promise<WalPosition>;
  /** Up to where the replica shows the primary's data; undefined when it is no replica (any more). */
  readonly replicaPosition: () => Promise<WalPosition | undefined>;
  /** Whether the one is made of the other, as far as they say. */
  readonly isSameSystem: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Silence of this length counts as being away. A busy server answers such questions within a few milliseconds. */
const REPLICA_SILENCE_MS = 500;
/** Longer: a primary so busy is what a replica is for. */
const PRIMARY_SILENCE_MS = 1000;

/** Who does not wait for the disk is acknowledged before the log is there: then all of the log counts, on disk or not. */
const PRIMARY_POSITION: PreparedStatement = {
  name: 'primary_position',
  text: `select case current_setting('synchronous_commit') when 'off' then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn() end::text as position`,
};
const REPLICA_POSITION: PreparedStatement = {
  name: 'replica_position',
  text: 'select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end as position',
};
const SYSTEM: PreparedStatement = { name: 'system', text: 'select system_identifier::text as system from pg_control_system()' };

/** The two servers, asked over one connection each, which is opened when first needed. */
export function replicaServers(primary: pg.ClientConfig, replica: pg.ClientConfig, named: boolean): ReplicaServers {
  const toPrimary = new AskingConnection(primary, named, PRIMARY_SILENCE_MS);
  const toReplica = new AskingConnection(replica, named, REPLICA_SILENCE_MS);
  return {
    primaryPosition: async () => walPosition((await toPrimary.ask(PRIMARY_POSITION)).position),
    replicaPosition: async () => {
      const { position } = await toReplica.ask(REPLICA_POSITION);
      return position === null ? undefined : walPosition(position);
    },
    isSameSystem: async () => {
      const [one, other] = await Promise.all([systemOf(toPrimary), systemOf(toReplica)]);
      return one === undefined || other === undefined || one === other;
    },
    close: async () => {
      await Promise.all([toPrimary.close(), toReplica.close()]);
    },
  };
}

/** Undefined where a managed server keeps it to itself. A stranger then still has none of the cell's roles, which carry its name. */
async function systemOf(connection: AskingConnection): Promise<unknown> {
  try {
    return (await connection.ask(SYSTEM)).system;
  } catch (error) {
    if (sqlState(error) === '42501') return undefined;
    throw error;
  }
}
