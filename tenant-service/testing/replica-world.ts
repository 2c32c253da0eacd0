import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivatePostgres, privatePostgres } from '@tenantry/stack/testing/private-postgres.ts';
import { type PrivateReplica, privateReplica } from '@tenantry/stack/testing/private-replica.ts';
import type { PostgresLogin } from '../src/role-config.ts';
import { type RunningApi, type ServiceWorld, serviceWorld } from './service-world.ts';

/** A {@link ServiceWorld} whose cell has a read replica, both servers its own. */
export interface ReplicaWorld extends AsyncDisposable {
  readonly primary: PrivatePostgres;
  readonly replica: PrivateReplica;
  readonly world: ServiceWorld;
  /** The same login, on the replica. */
  readonly onReplica: (login: PostgresLogin) => PostgresLogin;
  /** An api that has the replica configured, and uses it already. */
  readonly startApi: (overrides?: Parameters<ServiceWorld['startApi']>[0]) => Promise<RunningApi>;
}

export async function replicaWorld(): Promise<ReplicaWorld> {
  const primary = await privatePostgres();
  const world = await serviceWorld({ postgres: primary.access });
  const replica = await privateReplica(primary);
  const onReplica = (login: PostgresLogin): PostgresLogin => ({ ...login, host: replica.access.host, port: replica.access.port });
  return {
    primary,
    replica,
    world,
    onReplica,
    startApi: async (overrides = {}) => {
      const api = await world.startApi({ replica: onReplica(overrides.rows ?? world.apiConfig().rows), ...overrides });
      await eventually(() => usesReplica(api));
      return api;
    },
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await replica[Symbol.asyncDispose]();
      await primary[Symbol.asyncDispose]();
    },
  };
}

/** Heavy reads so far, as `replica fresh` or `primary behind`, and how many. */
export async function heavyReads({ metrics }: Pick<RunningApi, 'metrics'>): Promise<Record<string, number>> {
  const { values } = await metrics.replicaReads.get();
  return Object.fromEntries(values.map(({ labels, value }) => [`${labels.server} ${labels.reason}`, value]));
}

/** What heavy reads there were while `work` ran. */
export async function heavyReadsOf<T>(api: RunningApi, work: () => Promise<T>): Promise<{ answer: T; reads: Record<string, number> }> {
  const before = await heavyReads(api);
  const answer = await work();
  const after = await heavyReads(api);
  const changed = Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)] as const);
  return { answer, reads: Object.fromEntries(changed.filter(([, count]) => count > 0)) };
}

/** @throws unless the api sends its heavy reads to the replica at the moment. */
export async function usesReplica({ metrics }: Pick<RunningApi, 'metrics'>): Promise<void> {
  const { values } = await metrics.replicaUsed.get();
  if (values[0]?.value !== 1) throw new Error('the replica is not used');
}
