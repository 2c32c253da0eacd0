import { TENANT_SECRET } from '@tenantry/contracts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/** The tenant's credentials of the current generation. */
export function secretFor(input: DesiredInput): ChildObject {
  const { names, credentials } = input;
  const values: Record<string, string> = {
    [TENANT_SECRET.postgresUsername]: names.login(credentials.generation),
    [TENANT_SECRET.postgresPassword]: credentials.for('postgres').password,
    [TENANT_SECRET.kafkaUsername]: names.kafkaUser,
    [TENANT_SECRET.kafkaPassword]: credentials.for('kafka').password,
    [TENANT_SECRET.clientId]: names.machineClientId,
    [TENANT_SECRET.clientSecret]: credentials.for('client').password,
    [TENANT_SECRET.cursorKey]: credentials.for('cursor').password,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: childMetadata(input, names.credentialsSecret),
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)])),
  };
}
