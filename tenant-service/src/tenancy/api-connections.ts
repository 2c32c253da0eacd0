import { API_SHARDS, apiShardLogin, apiShardOf } from '@tenantry/contracts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import type { ApiConfig } from '../role-config.ts';
import type { TenantShards } from './doors.ts';

type Rows = Pick<ApiConfig, 'cell' | 'tenantId' | 'rows' | 'connections' | 'connectionsPerTenant' | 'namedStatements'>;

interface ApiConnections {
  readonly connect: (shard: number) => Connection;
  readonly shards?: TenantShards;
}

/**
 * How an api reaches rows. A backend reads every membership of its login anew whenever those of anybody change, 15 ms with 5,000 tenants; with
 * connections enough for each shard to have its own, each reads a tenth (ADR 0024). A tenant whose shard was not let in yet, because the operator
 * has not looked at it since the cell was made anew, is entered by the login that may become all.
 */
export function apiConnections(config: Rows, name: string): ApiConnections {
  const whole = clientConfig(config.rows, name);
  const isSharded = config.tenantId === undefined && config.connections >= API_SHARDS * config.connectionsPerTenant;
  if (!isSharded) return { connect: () => new Connection(whole, config.namedStatements) };
  return {
    connect: (shard) => new Connection({ ...whole, user: apiShardLogin(config.cell.name, shard) }, config.namedStatements, whole),
    shards: { count: API_SHARDS, of: ({ slug }) => apiShardOf(slug) },
  };
}
