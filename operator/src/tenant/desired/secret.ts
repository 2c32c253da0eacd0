import { TENANT_SECRET, tenantKeys } from '@tenantry/contracts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { TenantCredentials } from '../credentials.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/** The tenant's credentials of the current generation, and a mark for each generation that works. */
export function secretFor(input: DesiredInput): ChildObject {
  const { names, credentials, seen, spec, place, tenantId } = input;
  const values: Record<string, string> = {
    [TENANT_SECRET.postgresUsername]: names.login(credentials.generation),
    [TENANT_SECRET.postgresPassword]: credentials.for('postgres').password,
    ...(spec.topicMode === 'Shared'
      ? {}
      : {
          [TENANT_SECRET.kafkaUsername]: names.kafkaUserOf(credentials.generation),
          [TENANT_SECRET.kafkaPassword]: credentials.for('kafka').password,
        }),
    ...(spec.mode !== 'Dedicated' || place.cell.redis === undefined
      ? {}
      : {
          [TENANT_SECRET.redisUsername]: tenantKeys(tenantId).redisUser,
          [TENANT_SECRET.redisPassword]: credentials.for('redis').password,
        }),
    ...(seen.vhost == null
      ? {}
      : {
          [TENANT_SECRET.rabbitmqVhost]: seen.vhost,
          [TENANT_SECRET.rabbitmqUsername]: tenantKeys(tenantId).queueUserOf(credentials.generation),
          [TENANT_SECRET.rabbitmqPassword]: credentials.for('rabbitmq').password,
        }),
    [TENANT_SECRET.clientId]: names.machineClientOf(credentials.generation),
    [TENANT_SECRET.clientSecret]: credentials.for('client').password,
    [TENANT_SECRET.cursorKey]: cursorKeys(credentials),
    ...Object.fromEntries(credentials.generations.map((generation) => [generationMark(generation), String(generation)])),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: childMetadata(input, names.credentialsSecret),
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)])),
  };
}

/**
 * A key of the Secret that a replica of this generation mounts: one that is started with an older Secret, because the node has not heard of
 * the new one yet, waits instead of signing in with a login that is about to end. The mark of the previous generation stays for its replicas.
 */
export function generationMark(generation: number): string {
  return `generation-${generation}`;
}

/**
 * One key a line: the first signs, all verify. During a roll-out old and new replicas answer in turns, so each must know the other's key: the
 * next generation's is there in advance. A cursor opens nothing by itself (it needs the tenant's token as well), so that costs no secrecy.
 */
function cursorKeys(credentials: TenantCredentials): string {
  const { generation } = credentials;
  const known = generation === 1 ? [1, 2] : [generation, generation - 1, generation + 1];
  return known.map((each) => credentials.for('cursor', each).password).join('\n');
}
