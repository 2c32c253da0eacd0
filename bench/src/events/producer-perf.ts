import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureJava, runMaven } from '@tenantry/stack/install/java.ts';
import { ensureCached } from '@tenantry/stack/install-cache.ts';
import { stackContext } from '@tenantry/stack/local-stack.ts';
import { runCommand } from '@tenantry/stack/run-command.ts';
import type { RunningStack } from '@tenantry/stack/testing/running-stack.ts';

/** The newest `org.apache.kafka:kafka-tools` on Maven Central; its clients speak to newer brokers. */
const TOOLS = '3.9.1';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.tenantry</groupId><artifactId>bench-kafka-tools</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${TOOLS}</version></dependency>
  </dependencies>
</project>
`;

/** Kafka's own `kafka-producer-perf-test`, fetched the first time. */
export async function producerPerf(
  stack: RunningStack,
  folder: string,
  say: (line: string) => void,
): Promise<(order: { readonly topic: string; readonly records: number; readonly bytes: number }) => Promise<number>> {
  const context = { ...stackContext(), progress: say };
  const tools = await ensureCached(context, {
    name: 'bench-kafka-tools',
    key: TOOLS,
    build: async (target) => {
      const pom = join(target, 'pom.xml');
      writeFileSync(pom, POM);
      await runMaven(
        context,
        ['-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(target, 'lib')}`],
        target,
      );
    },
  });
  const java = join(await ensureJava(context), 'bin', 'java');
  const { address, port, username, password } = await stack.kafka('admin');
  const properties = join(folder, 'producer.properties');
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${username}" password="${password}";`;
  const settings = {
    'bootstrap.servers': `${address}:${port}`,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': login,
    acks: 'all',
  };
  writeFileSync(
    properties,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  return async ({ topic, records, bytes }) => {
    const output = await runCommand(java, [
      ...['-cp', join(tools, 'lib', '*'), 'org.apache.kafka.tools.ProducerPerformance'],
      ...['--topic', topic, '--num-records', String(records), '--record-size', String(bytes), '--throughput', '-1'],
      ...['--producer.config', properties],
    ]);
    const perSecond = [...output.matchAll(/records sent, ([\d.]+) records\/sec/g)].at(-1)?.[1];
    if (perSecond === undefined) throw new Error('kafka-producer-perf-test said no rate');
    return Number(perSecond);
  };
}
