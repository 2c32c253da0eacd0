import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { API_SECRET, JOB_WORKER_SECRET, OPERATOR_SECRET, PROJECTOR_SECRET, RELAY_SECRET, SENDER_SECRET } from '@tenantry/contracts';
import type { Paths } from './paths.ts';

/** Every secret of the local platform by its file name in `.run/secrets/`. Names of mounted secrets are those of the contracts. */
export const SECRETS = {
  postgresAdmin: 'postgres-admin-password',
  postgresKeycloak: 'postgres-keycloak-password',
  postgresOperator: OPERATOR_SECRET.postgresPassword,
  postgresApi: API_SECRET.postgresPassword,
  postgresRegistry: API_SECRET.registryPassword,
  postgresRelay: RELAY_SECRET.postgresPassword,
  postgresJobs: JOB_WORKER_SECRET.postgresPassword,
  postgresProjector: PROJECTOR_SECRET.postgresPassword,
  postgresSender: SENDER_SECRET.postgresPassword,
  rabbitmqOperator: OPERATOR_SECRET.rabbitmqPassword,
  rabbitmqSender: SENDER_SECRET.rabbitmqPassword,
  redis: API_SECRET.redisPassword,
  redisOperator: OPERATOR_SECRET.redisPassword,
  s3RootAccessKey: 's3-root-access-key',
  s3RootSecretKey: 's3-root-secret-key',
  s3AccessKey: API_SECRET.s3AccessKey,
  s3SecretKey: API_SECRET.s3SecretKey,
  kafkaBroker: 'kafka-broker-password',
  kafkaController: 'kafka-controller-password',
  kafkaAdmin: 'kafka-admin-password',
  kafkaOperator: OPERATOR_SECRET.kafkaPassword,
  kafkaRelay: RELAY_SECRET.kafkaPassword,
  kafkaProjector: PROJECTOR_SECRET.kafkaPassword,
  keycloakAdmin: 'keycloak-admin-secret',
  keycloakOperator: OPERATOR_SECRET.keycloakSecret,
  keycloakMembers: API_SECRET.keycloakSecret,
  credentialKey: OPERATOR_SECRET.credentialKey,
  cursorKey: API_SECRET.cursorKey,
  webhookKey: API_SECRET.webhookKey,
} as const;

/** Secrets that are 32 raw bytes in base64; the rest are passwords of URL-safe characters, which need no quoting anywhere. */
const KEYS: ReadonlySet<string> = new Set([SECRETS.credentialKey, SECRETS.cursorKey, SECRETS.webhookKey]);

/** The secret of this name: made at the first call, the same ever after. No line end. */
export async function secret(paths: Paths, name: string): Promise<string> {
  const file = secretFile(paths, name);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  await mkdir(paths.secrets, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, KEYS.has(name) ? randomBytes(32).toString('base64') : randomBytes(24).toString('base64url'), { mode: 0o600 });
  // link, unlike rename, never replaces: of two who ask at once both read the first one's.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return await readFile(file, 'utf8');
}

export function secretFile(paths: Paths, name: string): string {
  return join(paths.secrets, name);
}
