import { EventLogReader } from '../event-log/event-log-reader.ts';
import type { Failpoint } from '../failpoint.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import type { ProjectorConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { pooledDoor } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { DocumentProjection } from './document-projection.ts';
import { DocumentWork } from './document-work.ts';
import { MongoDocuments } from './mongo-documents.ts';

interface DocumentsParts {
  readonly config: ProjectorConfig;
  readonly name: string;
  readonly tenants: () => readonly Tenant[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly failpoint: Failpoint;
}

/** The documents of a projector. Nothing when its cell keeps none. */
export function openDocuments({ config, name, tenants, metrics, log, failpoint }: DocumentsParts) {
  if (config.mongo === undefined) return undefined;
  const store = new MongoDocuments(config.mongo, name, log);
  // Connections of its own: who copies holds up nobody who appends.
  const door = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, `${name}/documents`), config.namedStatements),
    connections: 4,
    connectionsPerTenant: 2,
  });
  const projection = new DocumentProjection({ store, door, reader: new EventLogReader(door), failpoint });
  const work = new DocumentWork({ projection, store, tenants, lookMs: config.documentsLookMs, metrics, log });
  return {
    grown: (tenant: Tenant) => work.grown(tenant),
    stop: async () => {
      await work.stop();
      await door.close();
    },
  };
}
