import { tenantNames } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TenantCredentials } from '../tenant/credentials.ts';
import { wantedAccess } from '../tenant/plans/kafka-access-plan.ts';
import { loginMark } from './login-mark.ts';
import type { KafkaAdministration } from './port.ts';

const TENANTS = 30;
let platform: TestPlatform;
let kafka: KafkaAdministration;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  kafka = platform.ports.kafka;
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
});

it('makes topics, rights, logins and quotas of many tenants at once, each its own, and one that is refused hurts no other', async () => {
  const tenants = Array.from({ length: TENANTS }, (_, index) => {
    const names = tenantNames(platform.slug(), platform.cell.name);
    const credential = new TenantCredentials(Buffer.alloc(32, index + 1), 'a tenant', 1).for('kafka');
    return { names, credential, partitions: (index % 3) + 1, rate: 100_000 + index };
  });
  const configs = { 'retention.ms': '3600000' };
  const bad = kafka.createTopic({
    name: `${tenants[0]?.names.kafkaPrefix}bad`,
    partitions: 1,
    replicationFactor: 1,
    configs: { 'retention.ms': 'soon' },
  });
  const refused = expect(bad).rejects.toThrow();
  await Promise.all(
    tenants.map(async ({ names, credential, partitions, rate }) => {
      await kafka.createTopic({ name: names.eventsTopic, partitions, replicationFactor: 1, configs });
      await kafka.allow(wantedAccess(names, ['events']));
      await kafka.setLogin(names.kafkaUser, credential);
      await kafka.setQuotas(names.kafkaUser, { producer_byte_rate: rate }, []);
    }),
  );
  await refused;
  await expect
    .poll(
      async () => {
        const looks = await Promise.all(
          tenants.map(async ({ names: { eventsTopic, kafkaUser } }) => {
            const [topics, entries, marks, quotas] = await Promise.all([
              kafka.topics([eventsTopic]),
              kafka.access(kafkaUser),
              kafka.loginMarks(kafkaUser),
              kafka.quotas(kafkaUser),
            ]);
            return [topics.get(eventsTopic)?.partitions, entries.length, marks.get(kafkaUser), quotas.get(kafkaUser)];
          }),
        );
        return looks;
      },
      { timeout: 10_000 },
    )
    .toEqual(tenants.map(({ credential, partitions, rate }) => [partitions, 4, loginMark(credential), { producer_byte_rate: rate }]));

  for (const { names } of tenants) await kafka.setQuotas(names.kafkaUser, {}, ['producer_byte_rate']);
  await expect.poll(async () => (await kafka.quotas()).has(tenants[0]?.names.kafkaUser ?? '')).toBe(false);
}, 60_000);
