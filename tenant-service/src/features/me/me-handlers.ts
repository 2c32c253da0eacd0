import { type Me, type Operation, operations, servedStates } from '@tenantry/contracts';
import type { Handlers } from '../../http/handlers.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

/** What the caller is told about themselves: the token, the registry's row and the policy table; no part of ours is asked. */
export function meHandlers(): Handlers<'me'> {
  return {
    me: async ({ actor, tenant }) => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(meOf(actor, tenant)),
    }),
  };
}

function meOf(actor: Actor, tenant: Tenant): Me {
  return {
    subject: actor.subject,
    kind: actor.clientId === undefined ? 'person' : 'machine',
    name: actor.name ?? null,
    email: actor.email ?? null,
    clientId: actor.clientId ?? null,
    roles: [...actor.roles],
    // The pipeline serves this in no other state.
    tenant: { id: tenant.tenantId, slug: tenant.slug, class: tenant.class, state: tenant.state as 'Active' | 'ReadOnly' },
    operations: Object.values<Operation>(operations)
      .filter(
        (operation) =>
          operation.roles.some((role) => actor.roles.has(role)) && servedStates(operation).some((state) => state === tenant.state),
      )
      .map(({ id }) => id)
      .sort(),
    token: { issuedAt: new Date(actor.issuedAtMs).toISOString(), expiresAt: new Date(actor.expiresAtMs).toISOString() },
    links: { self: '/v1/me', limits: '/v1/tenant', description: '/v1/openapi.json' },
  };
}
