import { z } from 'zod';
import type { MachineClient, MachineClientSpec } from './port.ts';

/**
 * What a machine token carries without being asked: subject, audience `tenantry-api`, the organization with its groups, and (Keycloak adds
 * this scope by itself to every client with a service account) the client's id and address. Nothing else.
 */
export const DEFAULT_SCOPES: readonly string[] = ['basic', 'tenantry-api', 'organization', 'service_account'];

/** A client representation as far as we compare it. */
export const MachineClientAnswer = z.looseObject({
  id: z.string(),
  clientId: z.string(),
  enabled: z.boolean(),
  secret: z.string().optional(),
  publicClient: z.boolean().default(false),
  serviceAccountsEnabled: z.boolean().default(false),
  standardFlowEnabled: z.boolean().default(false),
  implicitFlowEnabled: z.boolean().default(false),
  directAccessGrantsEnabled: z.boolean().default(false),
  fullScopeAllowed: z.boolean().default(false),
  attributes: z.record(z.string(), z.string()).default({}),
  defaultClientScopes: z.array(z.string()).default([]),
  optionalClientScopes: z.array(z.string()).default([]),
});
export type MachineClientAnswer = z.infer<typeof MachineClientAnswer>;

const FLAGS = {
  publicClient: false,
  serviceAccountsEnabled: true,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  fullScopeAllowed: false,
} as const;

/** Access tokens with header `typ: at+jwt` (RFC 9068), which the api insists on. */
const TOKEN_TYPE = 'access.token.header.type.rfc9068';
const TENANT_ID = 'tenantry.tenantId';

/** The representation to write. */
export function clientSettings(client: MachineClientSpec): Record<string, unknown> {
  return {
    clientId: client.clientId,
    enabled: client.enabled,
    secret: client.secret,
    ...FLAGS,
    attributes: { [TOKEN_TYPE]: 'true', [TENANT_ID]: client.tenantId },
  };
}

export function machineClientOf(answer: MachineClientAnswer): MachineClient {
  const { id, clientId, enabled, secret, attributes } = answer;
  return { id, clientId, enabled, secret, tenantId: attributes[TENANT_ID], deviations: deviationsOf(answer) };
}

/** What differs from what Tenantry makes: a widened scope or flow on a machine client widens what its token may do. */
export function deviationsOf(answer: MachineClientAnswer): string[] {
  const deviations: string[] = Object.entries(FLAGS).flatMap(([flag, wanted]) => (answer[flag] === wanted ? [] : [flag]));
  if (answer.attributes[TOKEN_TYPE] !== 'true') deviations.push(TOKEN_TYPE);
  if ([...answer.defaultClientScopes].sort().join() !== [...DEFAULT_SCOPES].sort().join()) deviations.push('defaultClientScopes');
  if (answer.optionalClientScopes.length > 0) deviations.push('optionalClientScopes');
  return deviations;
}
