import { randomBytes, randomUUID } from 'node:crypto';
import { type EventRecord, toRecord } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaLink, kafkaLink } from '../../testing/kafka-link.ts';
import { type KafkaTopics, kafkaTopics } from '../../testing/kafka-topics.ts';
import type { EventStream } from '../relay/event-stream.ts';
import { createLog } from '../telemetry/log.ts';
import { openEventStream } from './open-event-stream.ts';

const CLIENTS = ['platformatic', 'kafkajs'] as const;
/** A request that is not answered this soon has failed: here, not in the product. */
const REQUEST_TIMEOUT_MS = 1500;

let stack: RunningStack;
let topics: KafkaTopics;
let link: KafkaLink;
const open: EventStream[] = [];

beforeAll(async () => {
  stack = await runningStack('kafka');
  topics = await kafkaTopics(stack);
  link = await kafkaLink(await stack.kafka('relay'));
});
afterAll(async () => {
  link?.heal();
  for (const stream of open) await stream.close();
  await link?.[Symbol.asyncDispose]();
  await topics?.[Symbol.asyncDispose]();
});

async function streamOf(client: (typeof CLIENTS)[number]): Promise<EventStream> {
  const { username, password } = await stack.kafka('relay');
  const kafka = { brokers: [link.broker], username, password, tls: false, client, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const stream = await openEventStream({ kafka, ca: stack.ca }, createLog('silent', 'test'));
  open.push(stream);
  return stream;
}

async function freshTopic(partitions = 3): Promise<string> {
  const topic = `es${randomBytes(5).toString('hex')}.events`;
  await topics.create(topic, partitions);
  return topic;
}

function record(key: string, version: number, data = '{}'): EventRecord {
  const tenantId = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23';
  return toRecord(
    {
      specversion: '1.0',
      id: randomUUID(),
      source: `/tenants/${tenantId}`,
      type: 'dev.tenantry.customer.created.v1',
      subject: `customers/${key}`,
      time: '2026-11-22T14:00:00.000Z',
      datacontenttype: 'application/json',
      tenantid: tenantId,
      aggregateversion: String(version),
      partitionkey: key,
    },
    data,
  );
}

const versionsOf = async (topic: string, key: string): Promise<number[]> =>
  (await topics.readAll(topic)).filter((event) => event.key === key).map(({ attributes }) => Number(attributes.aggregateversion));

it('puts a key into the same partition with either client, so that changing the client changes no order', async () => {
  const topic = await freshTopic(7);
  const keys = Array.from({ length: 40 }, () => randomUUID());
  for (const [at, client] of CLIENTS.entries()) {
    const stream = await streamOf(client);
    expect(await stream.publish([{ topic, records: keys.map((key) => record(key, at + 1)) }])).toEqual(new Map());
  }
  const events = await topics.readAll(topic);
  expect(events).toHaveLength(80);
  for (const key of keys) expect(new Set(events.filter((event) => event.key === key).map(({ partition }) => partition)).size).toBe(1);
  expect(new Set(events.map(({ partition }) => partition)).size).toBeGreaterThan(3);
});

describe.each(CLIENTS)('the event stream by %s', (client) => {
  it('keeps the order of a key over many publications, and text of any kind as it is', async () => {
    const topic = await freshTopic();
    const stream = await streamOf(client);
    const data = JSON.stringify({ name: 'Müller 田中 "quoted"' });
    for (let from = 1; from <= 300; from += 100)
      expect(
        await stream.publish([
          { topic, records: Array.from({ length: 100 }, (_, at) => ['a', 'b', 'c'].map((key) => record(key, from + at, data))).flat() },
        ]),
      ).toEqual(new Map());
    const events = await topics.readAll(topic);
    for (const key of ['a', 'b', 'c']) {
      const own = events.filter((event) => event.key === key);
      expect(own.map(({ attributes }) => Number(attributes.aggregateversion))).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
      expect(own[0]?.data).toEqual(JSON.parse(data));
    }
  });

  it('blames the topic that is not there, or whose record is too large, and no other', async () => {
    const [good, missing, narrow] = [await freshTopic(), `es${randomBytes(5).toString('hex')}.missing`, await freshTopic()];
    const stream = await streamOf(client);
    const failures = await stream.publish([
      { topic: good, records: [record('a', 1)] },
      { topic: missing, records: [record('a', 1)] },
      { topic: narrow, records: [record('a', 1, JSON.stringify(randomBytes(1_200_000).toString('base64')))] },
    ]);
    expect([...failures.keys()].toSorted()).toEqual([missing, narrow].toSorted());
    expect(new Set(await versionsOf(good, 'a'))).toEqual(new Set([1]));
    expect(await stream.publish([{ topic: narrow, records: [record('a', 2)] }])).toEqual(new Map());
    expect(await versionsOf(narrow, 'a')).toEqual([2]);
  });

  it('says so while the broker is away or silent, and goes on in order when it is back', async () => {
    const topic = await freshTopic();
    const stream = await streamOf(client);
    const publish = (version: number) => stream.publish([{ topic, records: [record('a', version)] }]);
    await publish(1);
    let next = 2;
    for (const fault of [link.cut, link.freeze]) {
      fault();
      expect([...(await publish(next)).keys()]).toEqual([topic]);
      link.heal();
      await eventually(async () => expect(await publish(next)).toEqual(new Map()), { limitMs: 20_000 });
      next += 1;
    }
    await publish(next);
    const versions = await versionsOf(topic, 'a');
    expect([...new Set(versions)]).toEqual([1, 2, 3, 4]);
  });

  it('sends a record once though the connection was lost before its answer came', async () => {
    const topic = await freshTopic(1);
    const stream = await streamOf(client);
    const bulk = (version: number) => [{ topic, records: [record('a', version, JSON.stringify('x'.repeat(20_000)))] }];
    await stream.publish(bulk(1));
    link.loseAnswerOf(5000);
    expect(await stream.publish(bulk(2))).toEqual(new Map());
    await stream.publish(bulk(3));
    expect(await versionsOf(topic, 'a')).toEqual([1, 2, 3]);
  });
});
