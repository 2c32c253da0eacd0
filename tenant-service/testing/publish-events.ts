import { randomUUID } from 'node:crypto';
import { type EventAttributes, type EventRecord, toRecord } from '@tenantry/contracts';
import type { RunningStack } from '@tenantry/stack/testing/running-stack.ts';
import { Kafka, logLevel } from 'kafkajs';
import type { TestTenant } from './service-world.ts';

/** An event of a customer as the relay publishes it. */
export function anEvent(tenant: TestTenant, wishes: Partial<EventAttributes> = {}, data = '{"customer":{}}'): EventRecord {
  const aggregate = wishes.partitionkey ?? randomUUID();
  return toRecord(
    {
      specversion: '1.0',
      id: randomUUID(),
      source: `/tenants/${tenant.tenantId}`,
      type: 'dev.tenantry.customer.created.v1',
      subject: `customers/${aggregate}`,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      tenantid: tenant.tenantId,
      aggregateversion: '1',
      partitionkey: aggregate,
      ...wishes,
    },
    data,
  );
}

/** Puts records on a topic as the relay would. */
export async function publishEvents(stack: RunningStack, topic: string, records: readonly EventRecord[]): Promise<void> {
  const { address, port, username, password } = await stack.kafka('relay');
  const kafka = new Kafka({
    clientId: 'tenant-service-test',
    brokers: [`${address}:${port}`],
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  try {
    const messages = records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }));
    await producer.send({ topic, acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
}
