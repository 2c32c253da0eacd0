import { randomBytes, randomUUID } from 'node:crypto';
import { PROJECTOR_GROUPS, type TenantNames, toRecord } from '@tenantry/contracts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { Kafka, logLevel } from 'kafkajs';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import type { ServerProcess } from '../customers/server-process.ts';
import { partPid } from '../measure/part-pid.ts';
import { makeEventTopics } from '../pipeline/event-topics.ts';
import { roleProcesses } from '../pipeline/role-processes.ts';
import { EVENTS_OF_ROWS, MAKE_ENDPOINT, MAKE_ROWS, type MadeEvent } from './projected-rows.ts';

/** Twenty tenants in a cell of its own, a topic of one partition and a webhook endpoint for each. */
export interface ProjectionWorld {
  readonly admin: pg.Client;
  /** Makes rows of all tenants, and publishes their events as the relay would have. */
  readonly publish: (events: number) => Promise<void>;
  readonly start: () => Promise<ServerProcess>;
  /** Over all tenants. */
  readonly standing: () => Promise<{ readonly published: number; readonly appended: number; readonly counted: number }>;
  readonly pids: { readonly postgres: number; readonly kafka: number };
  readonly remove: () => Promise<void>;
}

type BenchTenant = TenantNames & { readonly tenantId: string };
const TENANTS = 20;
/** Customer, account, three postings. */
const EVENTS_OF_UNIT = 5;
const RECORDS_OF_REQUEST = 1000;

export async function projectionWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
}): Promise<ProjectionWorld> {
  const stack = await runningStack('postgres', 'kafka');
  const cleanUp = new CleanUp(options.say);
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    const admin = await cell.connectAsAdmin();
    const mark = randomBytes(3).toString('hex');
    const tenants: BenchTenant[] = [];
    while (tenants.length < TENANTS) {
      const tenantId = randomUUID();
      const names = await provisionTenantDatabase(operator, { slug: `bench-${mark}-${tenants.length}`, cell: cell.cell, tenantId });
      await admin.query(MAKE_ENDPOINT.replaceAll('{schema}', names.schema));
      tenants.push({ ...names, tenantId });
    }
    await makeEventTopics(stack, tenants, cleanUp, [`${PROJECTOR_GROUPS}${cell.cell}`]);
    const roles = await roleProcesses({ ...options, stack, cell });
    let published = 0;
    const sums = (table: string): string =>
      tenants.map(({ schema }) => `select coalesce(max(seq), 0) as seq from ${schema}.${table}`).join(' union all ');
    const standing = `select (select sum(seq) from (${sums('event_log_head')}) l)::int as appended, (select sum(seq) from (${sums('report_rollups')}) r)::int as counted`;
    return {
      admin,
      publish: async (events) => {
        const units = Math.floor(events / TENANTS / EVENTS_OF_UNIT);
        for (const tenant of tenants) published += await publishOf(stack, admin, tenant, units);
        await admin.query('checkpoint').catch(() => {});
      },
      start: () => roles.start('projector'),
      standing: async () => {
        const { rows } = await admin.query<{ appended: number; counted: number }>(standing);
        return { published, appended: rows[0]?.appended ?? 0, counted: rows[0]?.counted ?? 0 };
      },
      pids: { postgres: await partPid('postgres'), kafka: await partPid('kafka') },
      remove: () => cleanUp.run(),
    };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}

/** Returns how many. */
async function publishOf(stack: RunningStack, admin: pg.Client, tenant: BenchTenant, units: number): Promise<number> {
  const mark = randomUUID();
  await admin.query(MAKE_ROWS.replaceAll('{schema}', tenant.schema).replaceAll('$1', String(units)).replaceAll('$2', `'${mark}'`));
  const { rows } = await admin.query<MadeEvent>(EVENTS_OF_ROWS.replaceAll('{schema}', tenant.schema), [mark]);
  const messages = rows.map(({ type, subject, version, time, data }) => {
    const key = subject.split('/')[1] ?? '';
    const { value, headers } = toRecord(
      {
        ...{
          specversion: '1.0',
          id: randomUUID(),
          source: `/tenants/${tenant.tenantId}`,
          type,
          subject,
          time,
          datacontenttype: 'application/json',
        },
        ...{ tenantid: tenant.tenantId, aggregateversion: String(version), partitionkey: key },
      },
      data,
    );
    return { key, value, headers: { ...headers } };
  });
  const { address, port, username, password } = await stack.kafka('admin');
  const kafka = new Kafka({
    clientId: 'tenantry-bench',
    brokers: [`${address}:${port}`],
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  try {
    for (let at = 0; at < messages.length; at += RECORDS_OF_REQUEST) {
      await producer.send({ topic: tenant.eventsTopic, acks: -1, messages: messages.slice(at, at + RECORDS_OF_REQUEST) });
    }
  } finally {
    await producer.disconnect();
  }
  return messages.length;
}
