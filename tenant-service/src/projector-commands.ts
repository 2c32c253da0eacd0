import { forgetDocuments, verifyCopy } from './documents/document-commands.ts';
import { MongoDocuments } from './documents/mongo-documents.ts';
import { EventLogWriter } from './event-log/event-log-writer.ts';
import { verifyEventLog } from './event-log/verify-event-log.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { type DeadEvent, DeadEvents } from './projector/dead-events.ts';
import { Projector } from './projector/projector.ts';
import type { ProjectorConfig } from './role-config.ts';
import { COUNT_MAX } from './rollups/roll-up-work.ts';
import { RollUps } from './rollups/roll-ups.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { type Door, pooledDoor } from './tenancy/doors.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import type { Tenant } from './tenancy/tenant.ts';

const USAGE = `node main.mjs verify TENANT          follows the hash chain of a tenant's event log, and of its copy among the documents
node main.mjs forget-documents TENANT  removes a tenant's documents; a running projector makes them anew from PostgreSQL
node main.mjs rebuild TENANT         counts the figures of a tenant's days anew from its rows; the old ones are read meanwhile
node main.mjs dead-events list        the newest records that could not be appended, and why
node main.mjs dead-events redrive     has them tried again; those that still cannot be appended stay (add a TOPIC for one topic's alone)
`;

const LISTED = 100;

/** Composition root of the projector's commands, for a person in its pod. Returns the exit code. */
export async function runProjectorCommand(config: ProjectorConfig, words: readonly string[], log: Log, metrics: Metrics): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const name = 'tenantry-projector/command';
  const door = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, name), config.namedStatements),
    connections: 1,
    connectionsPerTenant: 1,
  });
  const registry = new TenantRegistry({ connection: clientConfig(config.registry, name), log });
  const deadEvents = new DeadEvents(clientConfig(config.rows, name));
  const store = config.mongo && new MongoDocuments(config.mongo, name, log);
  try {
    await registry.start();
    const [first, second, topic] = words;
    if (first === 'verify' && second !== undefined) return await verify(registry, door, store, second, say);
    if (first === 'forget-documents' && second !== undefined && store !== undefined)
      return await forget(registry, door, store, second, say);
    if (first === 'rebuild' && second !== undefined) return await rebuild(registry, door, second, say);
    if (first === 'dead-events' && second === 'list') return await list(deadEvents, say);
    if (first === 'dead-events' && second === 'redrive') {
      const still: DeadEvent[] = [];
      const projector = new Projector({
        writer: new EventLogWriter(door),
        deadEvents: { put: async (dead) => void still.push(...dead) },
        registry,
        onAppended: () => {},
        metrics,
        log,
        failpoint: () => {},
      });
      return await redrive(deadEvents, projector, still, topic, say);
    }
    process.stderr.write(USAGE);
    return 2;
  } finally {
    await registry.stop();
    await store?.close();
    await door.close();
  }
}

type Say = (line: string) => void;

async function verify(registry: TenantRegistry, door: Door, store: MongoDocuments | undefined, slug: string, say: Say): Promise<number> {
  const tenant = tenantNamed(registry, slug);
  if (tenant === undefined) return 2;
  const verdict = await verifyEventLog(door, tenant);
  if (verdict.isWhole) say(`${slug}: ${verdict.events} events, nothing changed, moved or missing; the chain ends with ${verdict.hash}`);
  else say(`${slug}: BROKEN at event ${verdict.seq}: ${verdict.reason}`);
  const copies = store === undefined ? 0 : await verifyCopy(store, door, tenant, say);
  return verdict.isWhole ? copies : 1;
}

async function forget(registry: TenantRegistry, door: Door, store: MongoDocuments, slug: string, say: Say): Promise<number> {
  const tenant = tenantNamed(registry, slug);
  return tenant === undefined ? 2 : await forgetDocuments(store, door, tenant, say);
}

async function rebuild(registry: TenantRegistry, door: Door, slug: string, say: Say): Promise<number> {
  const tenant = tenantNamed(registry, slug);
  if (tenant === undefined) return 2;
  const generation = await new RollUps(door).rebuild(tenant, COUNT_MAX);
  say(`${slug}: counted anew; generation ${generation} is read from now on`);
  return 0;
}

function tenantNamed(registry: TenantRegistry, slug: string): Tenant | undefined {
  const tenant = registry.all().find((each) => each.slug === slug);
  if (tenant === undefined) process.stderr.write(`there is no tenant ${slug} in this cell\n`);
  return tenant;
}

async function list(deadEvents: DeadEvents, say: Say): Promise<number> {
  const events = await deadEvents.list(LISTED);
  for (const { failedAt, topic, partition, offset, tenantId, reason, detail } of events) {
    say(`${failedAt.toISOString()}  ${topic}[${partition}]@${offset}  ${tenantId ?? '-'}  ${reason}: ${detail}`);
  }
  if (events.length === 0) say('no record is put aside');
  return 0;
}

async function redrive(
  deadEvents: DeadEvents,
  projector: Projector,
  still: DeadEvent[],
  topic: string | undefined,
  say: Say,
): Promise<number> {
  let [appended, waiting] = [0, 0];
  for (const batch of await deadEvents.batches(topic)) {
    still.length = 0;
    const outcome = await projector.handle(batch);
    if (outcome !== 'done') {
      waiting += batch.records.length;
      continue;
    }
    const dead = new Set(still.map(({ record }) => record.offset));
    const records = batch.records.filter(({ offset }) => !dead.has(offset));
    // Killed before this they are tried once more, and found to be in the log.
    await deadEvents.remove({ ...batch, records });
    appended += records.length;
    waiting += dead.size;
  }
  say(`${appended} records are in their logs now, ${waiting} stay put aside`);
  return waiting === 0 ? 0 : 1;
}
