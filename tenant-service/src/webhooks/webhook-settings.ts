import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { API_SECRET, type Cell, RABBITMQ_SENDER, SENDER_SECRET, SENDER_VHOST } from '@tenantry/contracts';
import type { RabbitmqLogin } from '../rabbitmq/rabbitmq-login.ts';

const KEY_BYTES = 32;

interface Mounted {
  readonly cell: Cell | undefined;
  /** Content of a mounted secret. */
  readonly secret: (name: string) => string;
  readonly ca: string;
}

/** Origins as browsers write them, separated by commas. */
export function readOrigins(text: string, mistakes: string[]): ReadonlySet<string> {
  const origins = text.split(',').filter((each) => each !== '');
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) mistakes.push(`WEBHOOK_ALLOWED_ORIGINS: ${origin} is no origin`);
  return new Set(origins);
}

/** Undefined where the key is not mounted: an installation of before, without webhooks. */
export function readWebhookKeys(folder: string, secret: Mounted['secret'], mistakes: string[]): readonly Buffer[] | undefined {
  return existsSync(join(folder, API_SECRET.webhookKey)) ? keysOf(secret(API_SECRET.webhookKey), mistakes) : undefined;
}

/** What a webhook sender is given. `rabbitmq` is undefined only when that is among the mistakes. */
export function senderSecrets({ cell, secret, ca }: Mounted, mistakes: string[]) {
  const server = cell?.rabbitmq;
  if (cell && !server) mistakes.push(`a webhook-sender needs rabbitmq in cell ${cell.name}`);
  const password = secret(SENDER_SECRET.rabbitmqPassword);
  const rabbitmq: RabbitmqLogin | undefined = server && {
    host: server.host,
    port: server.port,
    vhost: SENDER_VHOST,
    username: RABBITMQ_SENDER,
    password,
    ca: server.tls ? ca : undefined,
  };
  return {
    rabbitmq,
    keys: keysOf(secret(SENDER_SECRET.webhookKey), mistakes),
    postgresPassword: secret(SENDER_SECRET.postgresPassword),
    registryPassword: secret(SENDER_SECRET.registryPassword),
  };
}

function keysOf(text: string, mistakes: string[]): Buffer[] {
  const keys = text.split('\n').map((line) => Buffer.from(line, 'base64'));
  if (keys.some(({ length }) => length !== KEY_BYTES)) mistakes.push(`${SENDER_SECRET.webhookKey}: each line must be 32 bytes, base64`);
  return keys;
}
