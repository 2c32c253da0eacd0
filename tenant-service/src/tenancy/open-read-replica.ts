import { clientConfig } from '../postgres/connection.ts';
import type { PostgresLogin } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ReadReplica, type ReplicaObserver } from './read-replica.ts';
import { replicaServers } from './replica-servers.ts';

interface OpenReadReplicaOptions<Doors> {
  readonly config: { readonly rows: PostgresLogin; readonly replica?: PostgresLogin | undefined; readonly namedStatements: boolean };
  /** Application name of its connections, in front of what each is for. */
  readonly name: string;
  /** Doors to the replica, of this login. Nothing may connect before it is used. */
  readonly open: (login: PostgresLogin) => { readonly doors: Doors; readonly close: () => Promise<void> };
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The cell's read replica, which is looked for from now on; undefined, and nothing at all happens, for a cell without one. */
export function openReadReplica<Doors>(options: OpenReadReplicaOptions<Doors>): ReadReplica<Doors> | undefined {
  const { config, name, open, log, metrics } = options;
  const login = config.replica;
  if (login === undefined) return undefined;
  const replica = new ReadReplica<Doors>({
    servers: replicaServers(
      clientConfig(config.rows, `${name}/read-index`),
      clientConfig(login, `${name}/replica-watch`),
      config.namedStatements,
    ),
    open: () => open(login),
    observer: replicaObserver(metrics, `${login.host}:${login.port}`),
    log,
  });
  replica.start();
  return replica;
}

function replicaObserver(metrics: Metrics, replica: string): ReplicaObserver {
  const [lag, used] = [metrics.replicaLagBytes.labels(replica), metrics.replicaUsed.labels(replica)];
  return {
    onRead: (server, reason) => metrics.replicaReads.labels(server, reason).inc(),
    onWait: (seconds) => metrics.replicaWaitSeconds.observe(seconds),
    onLag: (bytes) => lag.set(bytes),
    onUse: (isUsed) => used.set(isUsed ? 1 : 0),
  };
}
