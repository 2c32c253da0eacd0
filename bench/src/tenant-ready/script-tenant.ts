import { randomUUID } from 'node:crypto';
import { TENANT_SECRET, TENANTS_NAMESPACE, tenantNames } from '@tenantry/contracts';
import type { KafkaAdministration } from '@tenantry/operator/kafka/port.ts';
import type { IdentityAdministration } from '@tenantry/operator/keycloak/port.ts';
import { CHILDREN } from '@tenantry/operator/kubernetes/resources.ts';
import { TenantCredentials } from '@tenantry/operator/tenant/credentials.ts';
import { GROUPS, MACHINE_GROUP } from '@tenantry/operator/tenant/plans/identity-plan.ts';
import { wantedAccess } from '@tenantry/operator/tenant/plans/kafka-access-plan.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import pg from 'pg';
import type { Platform } from './platform.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

/** What a script's tenant is taken away by. */
export interface ScriptTenant {
  readonly slug: string;
  readonly organizationId: string;
  readonly clientId: string;
}

/**
 * The reference: a pooled tenant made by a straight line of the same calls that the operator's steps make, in their order, with the same
 * clients and rights. It looks at nothing before and nothing after, writes no status, and would not survive being killed or run twice.
 */
export async function makeByScript(platform: Platform, slug: string): Promise<ScriptTenant> {
  const { database, kube, probe, cell, pooledUrl } = platform;
  const names = tenantNames(slug, cell);
  const tenantId = randomUUID();
  const credentials = new TenantCredentials(platform.credentialKey, tenantId, 1);
  const { organizationId, clientId } = await makeInStores(platform, database, { slug, tenantId, credentials });
  const { password: secret } = credentials.for('client');

  const values = {
    [TENANT_SECRET.postgresUsername]: names.login(1),
    [TENANT_SECRET.postgresPassword]: credentials.for('postgres').password,
    [TENANT_SECRET.kafkaUsername]: names.kafkaUser,
    [TENANT_SECRET.kafkaPassword]: credentials.for('kafka').password,
    [TENANT_SECRET.clientId]: names.machineClientId,
    [TENANT_SECRET.clientSecret]: secret,
    [TENANT_SECRET.cursorKey]: credentials.for('cursor').password,
  };
  const object = {
    apiVersion: 'v1',
    kind: 'Secret' as const,
    metadata: { name: names.credentialsSecret, namespace: TENANTS_NAMESPACE },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)])),
  };
  await kube.apply(CHILDREN.Secret, object, { fieldManager: 'bench', force: true });

  await database.query(
    `update tenantry.tenants set organization_id = $2, mode = 'Pooled', url = $3, updated_at = now() where tenant_id = $1`,
    [tenantId, organizationId, pooledUrl],
  );
  const request = { url: pooledUrl, clientId: names.machineClientId, clientSecret: secret };
  for (let complaint = await probe.ask(request), tries = 1; complaint !== undefined; complaint = await probe.ask(request), tries += 1)
    if (tries === 20) throw new Error(`the script's tenant is not served: ${complaint}`);
  return { slug, organizationId, clientId };
}

/** The stores of a tenant beside Kubernetes, and the cell in which its names are. */
export interface Stores {
  readonly cell: string;
  readonly kafka: KafkaAdministration;
  readonly identity: IdentityAdministration;
}

/** Its schema and roles, its topic, rights and login in Kafka, its organization and machine client; no look before or after. */
export async function makeInStores(
  { cell, kafka, identity }: Stores,
  database: pg.Client,
  { slug, tenantId, credentials }: { readonly slug: string; readonly tenantId: string; readonly credentials: TenantCredentials },
): Promise<Pick<ScriptTenant, 'organizationId' | 'clientId'>> {
  const names = tenantNames(slug, cell);
  await provisionTenantDatabase(database, { slug, cell, tenantId, password: credentials.for('postgres').password });

  const configs = { 'retention.ms': String(WEEK_MS), 'cleanup.policy': 'delete' };
  await kafka.createTopic({ name: names.eventsTopic, partitions: 3, replicationFactor: 1, configs });
  await kafka.allow(wantedAccess(names, ['events']));
  await kafka.setLogin(names.kafkaUser, credentials.for('kafka'));

  const organizationId = await identity.createOrganization({ alias: slug, description: slug, enabled: true, tenantId });
  const groups = new Map<string, string>();
  for (const group of GROUPS) groups.set(group, await identity.createGroup(organizationId, group));
  const { password: secret } = credentials.for('client');
  const clientId = await identity.createMachineClient({ clientId: names.machineClientId, tenantId, secret, enabled: true });
  const userId = await identity.serviceAccountOf(clientId);
  await identity.addMember(organizationId, userId);
  await identity.joinGroup(organizationId, groups.get(MACHINE_GROUP) ?? '', userId);
  return { organizationId, clientId };
}

/** Leaves nothing of it. */
export async function removeByScript(platform: Platform, { slug, organizationId, clientId }: ScriptTenant): Promise<void> {
  const { database, kafka, identity, kube, cell } = platform;
  const names = tenantNames(slug, cell);
  await kube.delete(CHILDREN.Secret, { namespace: TENANTS_NAMESPACE, name: names.credentialsSecret });
  await identity.deleteMachineClient(clientId);
  await identity.deleteOrganization(organizationId);
  await kafka.deleteLogin(names.kafkaUser);
  await kafka.revoke(wantedAccess(names, ['events']));
  await kafka.deleteTopic(names.eventsTopic);
  const quoted = pg.escapeIdentifier;
  const roles = [names.login(1), names.appRole, names.readOnlyRole, names.ownerRole].map(quoted).join(', ');
  await database.query(
    `begin; set local role ${quoted(names.ownerRole)}; drop schema ${quoted(names.schema)} cascade; drop owned by current_user; reset role;
     drop role ${roles}; commit`,
  );
  await database.query('delete from tenantry.schema_versions where schema_name = $1', [names.schema]);
  await database.query('delete from tenantry.tenants where slug = $1', [slug]);
}
