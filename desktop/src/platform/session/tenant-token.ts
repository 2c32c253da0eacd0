import type { TokenWish } from './identity-session.ts';

/** Everything a sign-in of a tenant's people is given: the list of their tenants. A token is narrowed to one tenant from it. */
export const TENANTS_SIGN_IN_SCOPE = 'openid tenantry-api organization:*';

/** The token that this tenant's api takes. */
export function tenantToken(tenant: string): TokenWish & { readonly tenant: string } {
  return { scope: `openid tenantry-api organization:${tenant}`, audience: 'tenantry-api', tenant };
}
