import { readFile } from 'node:fs/promises';
import { tenantNames, tenantOfMachineClient } from '@tenantry/contracts';
import { keycloakAdmin, keycloakUrl } from './keycloak/keycloak-admin.ts';
import { DESKTOP_CLIENT, personSecret, REALMS } from './keycloak/realms.ts';
import { machineToken, personToken } from './keycloak/tokens.ts';
import { trustingFetch } from './keycloak/trusting-fetch.ts';
import { LOCAL_CELL } from './local-cell.ts';
import { stackContext } from './local-stack.ts';
import { ensureLocalPki } from './pki.ts';
import { secretFile } from './secrets.ts';

export interface TokenWish {
  readonly slug: string;
  /** A sample person; without one, the tenant's machine. */
  readonly username: string | undefined;
}

/** An access token for the tenant's api, as its machine or its people get one. @throws with the reason and what to do. */
export async function accessTokenOf({ slug, username }: TokenWish): Promise<string> {
  const context = stackContext();
  const ca = await readFile((await ensureLocalPki(context.paths, context.nodeAddress)).ca, 'utf8');
  const issuer = { url: `${keycloakUrl(context.nodeAddress)}/realms/${REALMS.tenantry}`, ask: trustingFetch(ca) };
  if (username === undefined) {
    return (await machineToken(issuer, await machineOf(slug))).accessToken;
  }
  const password = await readFile(secretFile(context.paths, personSecret(username)), 'utf8').catch(() => undefined);
  if (password === undefined) throw new Error(`no password of "${username}" is kept here: \`npm start\` makes the sample people`);
  const scope = `openid tenantry-api organization:${slug}`;
  const granted = await personToken(issuer, { clientId: DESKTOP_CLIENT, username, password, scope });
  // Keycloak leaves a denied scope out without a word.
  if (!granted.scope.split(' ').includes(`organization:${slug}`)) throw new Error(`"${username}" is no member of "${slug}"`);
  return granted.accessToken;
}

/** The tenant's machine client. While a rotation overlaps there are two, and either is good. */
async function machineOf(slug: string): Promise<{ id: string; secret: string }> {
  const admin = await keycloakAdmin(stackContext());
  const { machineClientId } = tenantNames(slug, LOCAL_CELL.name);
  const path = `/${REALMS.tenantry}/clients?clientId=${machineClientId}&search=true`;
  const clients = (await admin.get<{ id: string; clientId: string }[]>(path)) ?? [];
  for (const { id, clientId } of clients.filter((client) => tenantOfMachineClient(client.clientId) === slug)) {
    const found = await admin.get<{ value: string }>(`/${REALMS.tenantry}/clients/${id}/client-secret`);
    if (found) return { id: clientId, secret: found.value };
  }
  throw new Error(`realm ${REALMS.tenantry} has no machine client of ${slug}: is the Tenant Ready?`);
}
