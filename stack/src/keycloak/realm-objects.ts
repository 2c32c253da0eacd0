import type { KeycloakAdmin } from './keycloak-admin.ts';

/** A representation of Keycloak's admin API, as far as we say something about it. */
export type Representation = Readonly<Record<string, unknown>>;

export interface ClientScopeSpec {
  readonly name: string;
  readonly mappers: readonly MapperSpec[];
  /** Realm roles one of which a person needs, or the scope silently vanishes from the token. None: everybody has it. */
  readonly onlyForRoles?: readonly string[];
}

export interface MapperSpec {
  readonly name: string;
  readonly protocolMapper: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface ClientSpec {
  readonly clientId: string;
  readonly settings: Representation;
  /** Full lists: what is not named is taken away. Not given: the realm's defaults stay. */
  readonly scopes?: { readonly default: readonly string[]; readonly optional: readonly string[] };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Makes the realm, or corrects the settings we name; the rest is left as it is. */
export async function ensureRealm(admin: KeycloakAdmin, realm: string, settings: Representation): Promise<void> {
  const found = await admin.get<Representation>(`/${realm}`);
  if (!found) await admin.post('', { realm, enabled: true, ...settings });
  else if (!includes(found, settings)) await admin.put(`/${realm}`, settings);
}

export async function ensureRealmRole(admin: KeycloakAdmin, realm: string, name: string): Promise<void> {
  if (!(await admin.get(`/${realm}/roles/${name}`))) await admin.post(`/${realm}/roles`, { name });
}

/** A group of staff with realm roles. @returns its id. */
export async function ensureGroup(admin: KeycloakAdmin, realm: string, name: string, roles: readonly string[]): Promise<string> {
  const groups = await admin.get<Named[]>(`/${realm}/groups?search=${encodeURIComponent(name)}&exact=true`);
  const id = groups?.find((group) => group.name === name)?.id ?? (await admin.post(`/${realm}/groups`, { name }));
  const held = (await admin.get<Named[]>(`/${realm}/groups/${id}/role-mappings/realm`)) ?? [];
  const missing = roles.filter((role) => !held.some((each) => each.name === role));
  if (missing.length > 0) await admin.post(`/${realm}/groups/${id}/role-mappings/realm`, await realmRoles(admin, realm, missing));
  return id;
}

/** A client scope with its mappers. @returns its id. */
export async function ensureClientScope(admin: KeycloakAdmin, realm: string, spec: ClientScopeSpec): Promise<string> {
  const known = await findClientScope(admin, realm, spec.name);
  const attributes = { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'false' };
  const id = known ?? (await admin.post(`/${realm}/client-scopes`, { name: spec.name, protocol: 'openid-connect', attributes }));
  for (const mapper of spec.mappers) await ensureMapper(admin, realm, id, mapper);
  if (spec.onlyForRoles) {
    const held = (await admin.get<Named[]>(`/${realm}/client-scopes/${id}/scope-mappings/realm`)) ?? [];
    const missing = spec.onlyForRoles.filter((role) => !held.some((each) => each.name === role));
    if (missing.length > 0) await admin.post(`/${realm}/client-scopes/${id}/scope-mappings/realm`, await realmRoles(admin, realm, missing));
  }
  return id;
}

/** Makes or corrects a client, its secret and its scopes. @returns its id (not its clientId). */
export async function ensureClient(admin: KeycloakAdmin, realm: string, spec: ClientSpec): Promise<string> {
  const wanted = { clientId: spec.clientId, protocol: 'openid-connect', enabled: true, ...spec.settings };
  const found = (await admin.get<(Representation & { id: string })[]>(`/${realm}/clients?clientId=${spec.clientId}`))?.[0];
  if (!found) {
    const scopes = spec.scopes && { defaultClientScopes: spec.scopes.default, optionalClientScopes: spec.scopes.optional };
    return await admin.post(`/${realm}/clients`, { ...wanted, ...scopes });
  }
  // PUT replaces attributes as a whole, so what is there is sent along.
  const attributes = { ...(found.attributes as object), ...(wanted as { attributes?: object }).attributes };
  if (!includes(found, wanted)) await admin.put(`/${realm}/clients/${found.id}`, { ...found, ...wanted, attributes });
  if (spec.scopes) {
    await correctScopes(admin, realm, found.id, 'default', spec.scopes.default);
    await correctScopes(admin, realm, found.id, 'optional', spec.scopes.optional);
  }
  return found.id;
}

/** Gives a client's service account exactly these roles of another client, and takes others of it away. */
export async function ensureServiceAccountRoles(
  admin: KeycloakAdmin,
  realm: string,
  account: { readonly id: string; readonly of: string; readonly roles: readonly string[] },
): Promise<void> {
  const user = await admin.get<{ id: string }>(`/${realm}/clients/${account.id}/service-account-user`);
  const owner = (await admin.get<{ id: string }[]>(`/${realm}/clients?clientId=${account.of}`))?.[0];
  if (!user || !owner) throw new Error(`realm ${realm} has no service account, or no client ${account.of}`);
  const path = `/${realm}/users/${user.id}/role-mappings/clients/${owner.id}`;
  const held = (await admin.get<Named[]>(path)) ?? [];
  const all = (await admin.get<Named[]>(`/${realm}/clients/${owner.id}/roles`)) ?? [];
  const missing = all.filter((role) => account.roles.includes(role.name) && !held.some((each) => each.name === role.name));
  const surplus = held.filter((role) => !account.roles.includes(role.name));
  if (missing.length > 0) await admin.post(path, missing);
  if (surplus.length > 0) await admin.remove(path, surplus);
}

/** Makes or corrects one mapper of a client scope. */
export async function ensureMapper(admin: KeycloakAdmin, realm: string, scopeId: string, spec: MapperSpec): Promise<void> {
  const path = `/${realm}/client-scopes/${scopeId}/protocol-mappers/models`;
  const found = (await admin.get<(Named & { config: object })[]>(path))?.find((mapper) => mapper.name === spec.name);
  const wanted = { protocol: 'openid-connect', ...spec };
  if (!found) await admin.post(path, wanted);
  else if (!includes(found, wanted)) {
    await admin.put(`${path}/${found.id}`, { ...found, ...wanted, config: { ...found.config, ...spec.config } });
  }
}

/** Id of the client scope of this name. */
export async function findClientScope(admin: KeycloakAdmin, realm: string, name: string): Promise<string | undefined> {
  return (await admin.get<Named[]>(`/${realm}/client-scopes`))?.find((scope) => scope.name === name)?.id;
}

/** True when every value of `wanted` is in `found`; lists are compared as sets, keys we do not name do not count. */
export function includes(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && found.length === wanted.length && wanted.every((each) => found.some((other) => includes(other, each)));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof found !== 'object' || found === null) return false;
    return Object.entries(wanted).every(([key, value]) => includes((found as Record<string, unknown>)[key], value));
  }
  return found === wanted;
}

async function correctScopes(
  admin: KeycloakAdmin,
  realm: string,
  clientId: string,
  kind: 'default' | 'optional',
  wanted: readonly string[],
): Promise<void> {
  const path = `/${realm}/clients/${clientId}/${kind}-client-scopes`;
  const held = (await admin.get<Named[]>(path)) ?? [];
  for (const scope of held) if (!wanted.includes(scope.name)) await admin.remove(`${path}/${scope.id}`);
  for (const name of wanted) {
    if (held.some((scope) => scope.name === name)) continue;
    const id = await findClientScope(admin, realm, name);
    if (!id) throw new Error(`realm ${realm} has no client scope ${name}`);
    await admin.put(`${path}/${id}`);
  }
}

async function realmRoles(admin: KeycloakAdmin, realm: string, names: readonly string[]): Promise<Named[]> {
  const roles = await Promise.all(names.map((name) => admin.get<Named>(`/${realm}/roles/${name}`)));
  return roles.filter((role): role is Named => role !== undefined);
}
