import { PORTS } from '../ports.ts';
import { VERSIONS } from '../versions.ts';

export interface KafkaSettings {
  readonly address: string;
  readonly logFolder: string;
  readonly brokerPassword: string;
  readonly controllerPassword: string;
}

/**
 * server.properties of our one node. Clients come by SCRAM; the controller listener speaks PLAIN on loopback, because SCRAM users live in the
 * metadata that the controller has yet to load.
 */
export function kafkaProperties(settings: KafkaSettings): string {
  const client = `CLIENT://${settings.address}:${PORTS.kafka}`;
  const controller = `127.0.0.1:${PORTS.kafkaController}`;
  const login = (module: string, rest: string): string => `org.apache.kafka.common.security.${module} required ${rest};`;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: `${client},CONTROLLER://${controller}`,
    'advertised.listeners': client,
    'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'CLIENT',
    'controller.listener.names': 'CONTROLLER',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.client.scram-sha-512.sasl.jaas.config': login(
      'scram.ScramLoginModule',
      `username="broker" password="${settings.brokerPassword}"`,
    ),
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': login(
      'plain.PlainLoginModule',
      `username="broker" password="${settings.controllerPassword}" user_broker="${settings.controllerPassword}"`,
    ),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The operator makes topics, users and ACLs. In production it has ALTER and CREATE on the cluster instead; here it is a super user.
    'super.users': 'User:broker;User:admin;User:operator',
    'allow.everyone.if.no.acl.found': false,
    'log.dirs': settings.logFolder,
    'num.partitions': 3,
    'auto.create.topics.enable': false,
    // One broker: everything has one copy.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    // A consumer group of one need not wait three seconds for a second member.
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return `${Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

export const KAFKA_LOGGING = `appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.srv.name=kafka.server
logger.srv.level=info
`;

/** The broker and one logging binding: there is no smaller distribution on Maven Central, and Apache's own is 130 MB. */
export function kafkaPom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.tenantry</groupId><artifactId>local-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', VERSIONS.kafka)}
${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', VERSIONS.kafkaLog4jSlf4j)}
  </dependencies>
</project>
`;
}
