import type { Place } from '../tenant-pass.ts';

/** A server that replicas open connections to. */
export interface ReplicaEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Every server the replicas of a dedicated tenant use, and no other: what is not here, their NetworkPolicy closes. */
export function replicaEndpoints({ cell, identityIssuer }: Pick<Place, 'cell' | 'identityIssuer'>): readonly ReplicaEndpoint[] {
  const { readReplica } = cell.postgres;
  const issuer = new URL(identityIssuer);
  return [
    { host: cell.postgres.host, port: cell.postgres.port },
    ...(readReplica === undefined ? [] : [readReplica]),
    ...(cell.redis === undefined ? [] : [{ host: cell.redis.host, port: cell.redis.port }]),
    ...filesEndpoints(cell),
    // Keys that tokens are checked with.
    endpointOf(issuer),
  ];
}

/** The bucket, and STS, which gives keys for the tenant's role. Where replicas have no role they do not reach the bucket either. */
function filesEndpoints({ s3 }: Place['cell']): readonly ReplicaEndpoint[] {
  if (s3?.tenantRoles === undefined) return [];
  return [endpointOf(new URL(s3.endpoint)), { host: `sts.${s3.region}.amazonaws.com`, port: 443 }];
}

function endpointOf({ hostname, port, protocol }: URL): ReplicaEndpoint {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'http:' ? 80 : 443) };
}
