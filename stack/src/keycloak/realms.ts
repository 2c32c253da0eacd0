import { MEMBERS_CLIENT } from '@tenantry/contracts';
import type { PartContext } from '../part.ts';
import { PORTS } from '../ports.ts';
import { SECRETS, secret } from '../secrets.ts';
import { webConsoleOrigin } from '../web-console/web-console-origin.ts';
import { type KeycloakAdmin, keycloakAdmin } from './keycloak-admin.ts';
import { ensureAccount, ensureStaff } from './people.ts';
import {
  ensureClient,
  ensureClientScope,
  ensureGroup,
  ensureMapper,
  ensureRealm,
  ensureRealmRole,
  ensureServiceAccountRoles,
  findClientScope,
  type MapperSpec,
} from './realm-objects.ts';

/** Staff and tenants live apart: who manages users and clients of a realm can forge any claim of it (design D11). */
export const REALMS = { platform: 'platform', tenantry: 'tenantry' } as const;

export const DESKTOP_CLIENT = 'tenantry-desktop';
/** As tenant-service/src/http/api-reference.ts names it. */
export const DOCS_CLIENT = 'tenantry-docs';
/** As desktop/src/web-console/console-config.ts names it. */
const WEB_CONSOLE_CLIENT = 'tenantry-web-console';
export const OPERATOR_CLIENT = 'tenantry-operator';

/** The sample member of staff; the password is the secret `person-pat-password`. */
export const SAMPLE_STAFF = { username: 'pat', group: 'platform-admin' } as const;

const COMMON = {
  sslRequired: 'all',
  registrationAllowed: false,
  accessTokenLifespan: 300,
  ssoSessionIdleTimeout: 28_800,
  // Narrowing one login to several audiences refreshes twice at once; rotation would end the session.
  revokeRefreshToken: false,
  bruteForceProtected: true,
};

/**
 * The desktop and command-line client: public, PKCE, any port of loopback (RFC 8252). Its scope lists are complete, so no `realm_access`,
 * `resource_access` or audience `account` gets into a token.
 */
function desktopClient(optional: readonly string[]) {
  return {
    clientId: DESKTOP_CLIENT,
    settings: {
      publicClient: true,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      fullScopeAllowed: false,
      redirectUris: ['http://127.0.0.1/*'],
      webOrigins: [],
      attributes: { 'pkce.code.challenge.method': 'S256', 'access.token.header.type.rfc9068': 'true' },
    },
    scopes: { default: ['basic', 'profile', 'email'], optional },
  };
}

/**
 * What the operator's client and the api's may do in realm `tenantry`. Tried one by one: without manage-organizations or manage-users nobody can
 * be made a member, without manage-clients there is no machine client. Together they can forge any claim of the realm: each is a root secret.
 */
const ADMINISTRATOR_ROLES = ['manage-organizations', 'manage-users', 'manage-clients'];

/** A page's sign-in: public, PKCE, one address to come back to, and one origin that may ask for tokens. */
function pageClient(clientId: string, redirect: URL) {
  return {
    clientId,
    settings: {
      publicClient: true,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      fullScopeAllowed: false,
      redirectUris: [redirect.href],
      webOrigins: [redirect.origin],
      attributes: { 'pkce.code.challenge.method': 'S256', 'access.token.header.type.rfc9068': 'true' },
    },
    scopes: { default: ['basic', 'profile', 'email'], optional: ['organization', 'tenantry-api'] },
  };
}

/** The web console's at this origin. @param clientId another one for a console beside the platform's */
export function webConsoleClient(origin: string, clientId: string = WEB_CONSOLE_CLIENT) {
  return pageClient(clientId, new URL(origin));
}

/** Makes both realms or corrects what differs; writes nothing when nothing does. Organizations are the operator's; none is made here. */
export async function ensureRealms(context: Pick<PartContext, 'paths' | 'nodeAddress'>, client?: KeycloakAdmin): Promise<void> {
  const admin = client ?? (await keycloakAdmin(context));
  const password = await secret(context.paths, personSecret(SAMPLE_STAFF.username));
  await ensurePlatformRealm(admin, password);
  await ensureTenantryRealm(admin, new URL(`http://${context.nodeAddress}:${PORTS.apiNodePort}`), {
    [OPERATOR_CLIENT]: await secret(context.paths, SECRETS.keycloakOperator),
    [MEMBERS_CLIENT]: await secret(context.paths, SECRETS.keycloakMembers),
  });
  // A member of nothing, until a TenantAccess lets them in.
  await ensureAccount(admin, REALMS.tenantry, { username: SAMPLE_STAFF.username, password });
}

/** Name of the secret that holds a sample person's password. */
export function personSecret(username: string): string {
  return `person-${username}-password`;
}

/** Staff. The only issuer the kube-apiserver trusts; the operator has no rights here. */
async function ensurePlatformRealm(admin: KeycloakAdmin, staffPassword: string): Promise<void> {
  const realm = REALMS.platform;
  await ensureRealm(admin, realm, { ...COMMON, organizationsEnabled: false });
  await ensureRealmRole(admin, realm, 'cluster-user');
  const group = await ensureGroup(admin, realm, SAMPLE_STAFF.group, ['cluster-user']);
  await ensureClientScope(admin, realm, {
    name: 'kubernetes',
    mappers: [audience('kubernetes'), GROUPS],
    onlyForRoles: ['cluster-user'],
  });
  await ensureClient(admin, realm, desktopClient(['kubernetes']));
  await ensureStaff(admin, realm, { username: SAMPLE_STAFF.username, password: staffPassword, groupId: group });
}

/** Tenants' people and machines; one organization per tenant. */
async function ensureTenantryRealm(admin: KeycloakAdmin, pooledApi: URL, administrators: Readonly<Record<string, string>>): Promise<void> {
  const realm = REALMS.tenantry;
  await ensureRealm(admin, realm, { ...COMMON, organizationsEnabled: true });
  await ensureOrganizationClaim(admin, realm);
  await ensureClientScope(admin, realm, { name: 'tenantry-api', mappers: [audience('tenantry-api')] });
  await ensureClient(admin, realm, desktopClient(['organization', 'tenantry-api']));
  await ensureClient(admin, realm, pageClient(DOCS_CLIENT, new URL('/docs/oauth2-redirect.html', pooledApi)));
  await ensureClient(admin, realm, webConsoleClient(webConsoleOrigin()));
  for (const [clientId, clientSecret] of Object.entries(administrators)) {
    const id = await ensureClient(admin, realm, {
      clientId,
      settings: {
        publicClient: false,
        secret: clientSecret,
        serviceAccountsEnabled: true,
        standardFlowEnabled: false,
        directAccessGrantsEnabled: false,
      },
    });
    await ensureServiceAccountRoles(admin, realm, { id, of: 'realm-management', roles: ADMINISTRATOR_ROLES });
  }
}

/** The claim reads `"organization": {"acme": {"id": …, "groups": ["/admin"]}}`; the api maps the id, never the alias. */
async function ensureOrganizationClaim(admin: KeycloakAdmin, realm: string): Promise<void> {
  const scope = await findClientScope(admin, realm, 'organization');
  if (!scope) throw new Error(`realm ${realm} has no client scope "organization": are organizations enabled?`);
  await ensureMapper(admin, realm, scope, {
    name: 'organization',
    protocolMapper: 'oidc-organization-membership-mapper',
    config: { 'jsonType.label': 'JSON', multivalued: 'true', addOrganizationId: 'true', addOrganizationAttributes: 'false' },
  });
  await ensureMapper(admin, realm, scope, {
    name: 'organization-groups',
    protocolMapper: 'oidc-organization-group-membership-mapper',
    config: { 'access.token.claim': 'true', 'id.token.claim': 'true', 'introspection.token.claim': 'true', addGroupRoleMappings: 'false' },
  });
}

/** Without it a token has no audience at all, and nobody must take it. */
function audience(name: string): MapperSpec {
  return {
    name: `audience-${name}`,
    protocolMapper: 'oidc-audience-mapper',
    config: {
      'included.custom.audience': name,
      'access.token.claim': 'true',
      'id.token.claim': 'false',
      'introspection.token.claim': 'true',
    },
  };
}

const GROUPS: MapperSpec = {
  name: 'groups',
  protocolMapper: 'oidc-group-membership-mapper',
  config: {
    'claim.name': 'groups',
    'full.path': 'false',
    'access.token.claim': 'true',
    'id.token.claim': 'false',
    'userinfo.token.claim': 'false',
    'introspection.token.claim': 'true',
  },
};
