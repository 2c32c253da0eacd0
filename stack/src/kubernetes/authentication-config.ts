import { stringify } from 'yaml';
import { PORTS } from '../ports.ts';

export interface AuthenticationConfigInput {
  readonly nodeAddress: string;
  /** PEM of the CA that signed Keycloak's certificate. */
  readonly identityCa: string;
}

/**
 * Who the kube-apiserver believes, besides certificates: tokens of the realm `platform`, made for it alone, for our desktop, for staff
 * (design D11, D12). Anonymous callers see health only. The issuer need not be up: its tokens get 401 until it is.
 */
export function authenticationConfig({ nodeAddress, identityCa }: AuthenticationConfigInput): string {
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }] },
    jwt: [
      {
        issuer: {
          url: `https://${nodeAddress}:${PORTS.keycloak}/realms/platform`,
          audiences: ['kubernetes'],
          audienceMatchPolicy: 'MatchAny',
          certificateAuthority: identityCa,
        },
        claimValidationRules: [
          { expression: "claims.aud == 'kubernetes'", message: 'the token must be for kubernetes alone' },
          { expression: "has(claims.typ) && claims.typ == 'Bearer'", message: 'an access token is required' },
          {
            expression: "has(claims.azp) && claims.azp == 'tenantry-desktop'",
            message: 'only tenantry-desktop may present tokens here',
          },
        ],
        claimMappings: {
          username: { claim: 'preferred_username', prefix: 'tenantry:' },
          groups: { claim: 'groups', prefix: 'tenantry:' },
          uid: { claim: 'sub' },
          extra: [{ key: 'tenantry.dev/session', valueExpression: "has(claims.sid) ? string(claims.sid) : ''" }],
        },
        userValidationRules: [
          { expression: "user.groups.exists(group, group.startsWith('tenantry:platform-'))", message: 'platform staff only' },
        ],
      },
    ],
  });
}
