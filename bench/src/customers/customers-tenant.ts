import { randomBytes, randomUUID } from 'node:crypto';
import { cellLogins, tenantNames } from '@tenantry/contracts';
import { Effects } from '@tenantry/operator/effects.ts';
import { KeycloakIdentity } from '@tenantry/operator/keycloak/keycloak-identity.ts';
import { KeycloakRest } from '@tenantry/operator/keycloak/keycloak-rest.ts';
import { machineToken } from '@tenantry/stack/keycloak/tokens.ts';
import { SECRETS } from '@tenantry/stack/secrets.ts';
import { freshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { bootstrapCell, migrateCell } from '@tenantry/tenant-schema';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type pg from 'pg';

/** One tenant in a cell of its own, with an organization and a machine client in the real Keycloak. */
export interface CustomersTenant {
  readonly cell: string;
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
  readonly ca: string;
  readonly caFile: string;
  readonly issuer: string;
  readonly schema: string;
  readonly passwords: { readonly api: string; readonly registry: string };
  /** Login that is the tenant's own, for the floor. */
  readonly login: { readonly user: string; readonly password: string };
  readonly admin: pg.Client;
  /** A fresh access token of the machine client; good for five minutes. */
  readonly token: () => Promise<string>;
  readonly remove: () => Promise<void>;
}

/**
 * Makes it on the running servers. Not in the platform's own cell: there the relay would publish every row meanwhile, and Kafka's work is
 * another bench's question.
 */
export async function makeCustomersTenant(): Promise<CustomersTenant> {
  const stack = await runningStack('postgres', 'keycloak');
  const database = await freshDatabase();
  const slug = `bench-${Date.now().toString(36)}${randomBytes(2).toString('hex')}`;
  const names = tenantNames(slug, database.cell);
  const secret = (): string => randomBytes(24).toString('base64url');
  const passwords = {
    operator: secret(),
    api: secret(),
    registry: secret(),
    relay: secret(),
    jobs: secret(),
    projector: secret(),
    sender: secret(),
  };
  const login = { user: names.login(1), password: secret() };
  const identity = await machineIdentity(slug, randomUUID());

  const remove = async (): Promise<void> => {
    await identity.remove();
    await database.drop();
  };
  try {
    const admin = await database.connect();
    await bootstrapCell(admin, { cell: database.cell, passwords });
    const operator = await database.connect({ user: cellLogins(database.cell).operator, password: passwords.operator });
    await migrateCell(operator, { cell: database.cell });
    const { tenantId } = identity;
    await provisionTenantDatabase(operator, { slug, cell: database.cell, tenantId, password: login.password });
    await operator.query(`update tenantry.tenants set organization_id = $2, mode = 'Pooled' where tenant_id = $1`, [
      tenantId,
      identity.organizationId,
    ]);
    const { host, port } = stack.postgres;
    return {
      cell: database.cell,
      postgres: { host, port, database: database.name },
      ca: stack.ca,
      caFile: stack.caFile,
      issuer: stack.keycloak.tenants.url,
      schema: names.schema,
      passwords,
      login,
      admin,
      token: async () => (await machineToken(stack.keycloak.tenants, { id: names.machineClientId, secret: identity.secret })).accessToken,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Organization, group, client and membership, as the operator's identity step makes them. */
async function machineIdentity(slug: string, tenantId: string) {
  const stack = await runningStack('keycloak');
  const rest = new KeycloakRest({
    issuer: stack.keycloak.tenants.url,
    ca: stack.ca,
    clientId: 'tenantry-operator',
    clientSecret: await stack.secret(SECRETS.keycloakOperator),
  });
  const identity = new KeycloakIdentity(rest, new Effects({ assertLeading: () => {} }));
  const { organizationAlias: alias, machineClientId: clientId } = tenantNames(slug, 'main');
  const secret = randomBytes(24).toString('base64url');
  const organizationId = await identity.createOrganization({ alias, description: 'Bench', enabled: true, tenantId });
  const group = await identity.createGroup(organizationId, 'machine');
  const client = await identity.createMachineClient({ clientId, tenantId, secret, enabled: true });
  const user = await identity.serviceAccountOf(client);
  await identity.addMember(organizationId, user);
  await identity.joinGroup(organizationId, group, user);
  const remove = async (): Promise<void> => {
    await identity.deleteMachineClient(client);
    await identity.deleteOrganization(organizationId);
    await rest.close();
  };
  return { tenantId, organizationId, secret, remove };
}
