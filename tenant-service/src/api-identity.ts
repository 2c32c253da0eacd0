import { MachineClientService } from './features/machine-clients/machine-client-service.ts';
import { UserService } from './features/users/user-service.ts';
import { passOn } from './http/pass-on.ts';
import { AccessTokens } from './identity/access-tokens.ts';
import { IdentityWork } from './identity/identity-work.ts';
import { LastSeen } from './identity/last-seen.ts';
import { realmKeys } from './identity/realm-keys.ts';
import { REVOCATIONS, REVOCATIONS_CHANNEL, type Revocation, RevokedTokens } from './identity/revoked-tokens.ts';
import { openDirectory } from './keycloak/open-directory.ts';
import type { ApiConfig } from './role-config.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Door } from './tenancy/doors.ts';
import type { Follower, TenantRegistry } from './tenancy/registry.ts';

/** What an api replica knows about who calls, and what it can do about members. */
export interface ApiIdentity {
  readonly tokens: AccessTokens;
  /** For the registry, which has to be told before it starts. */
  readonly follower: Follower;
  readonly users: UserService;
  readonly machineClients: MachineClientService;
  /** Of a dedicated replica. */
  readonly passOn: ReturnType<typeof passOn> | undefined;
  /** Begins what is done without a caller. */
  readonly start: (registry: TenantRegistry) => void;
  readonly stop: () => Promise<void>;
}

/** The identity side of the api's composition root. */
export function apiIdentity(parts: { config: ApiConfig; door: Door; log: Log; metrics: Metrics }): ApiIdentity {
  const { config, door, log, metrics } = parts;
  let registry: TenantRegistry | undefined;
  let work: IdentityWork | undefined;
  const outcomes = {
    cached: metrics.tokens.labels('cached'),
    verified: metrics.tokens.labels('verified'),
    refused: metrics.tokens.labels('refused'),
  };
  const revoked = new RevokedTokens();
  const lastSeen = new LastSeen({ door, log, tenantOf: (organizationId) => registry?.known(organizationId) });
  const tokens = new AccessTokens({
    issuer: config.issuer,
    keys: realmKeys(config.issuer),
    revoked,
    onToken: (outcome) => outcomes[outcome].inc(),
    onVerified: (actor) => lastSeen.note(actor),
  });
  const directory = openDirectory(config.issuer, config.membersSecret, (outcome, seconds) =>
    metrics.identityProviderSeconds.labels(outcome).observe(seconds),
  );
  const users = new UserService({ door, directory, log });
  const tokenUrl = `${config.issuer}/protocol/openid-connect/token`;
  const machineClients = new MachineClientService({ door, directory, tokenUrl, log });
  return {
    tokens,
    follower: {
      channel: REVOCATIONS_CHANNEL,
      read: async (query) => {
        revoked.replace((await query(REVOCATIONS)) as unknown as Revocation[]);
        tokens.forgetRevoked();
      },
    },
    users,
    machineClients,
    passOn: config.tenantId === undefined || config.pooledUrl === undefined ? undefined : passOn(config.pooledUrl),
    start: (started) => {
      registry = started;
      if (config.membersSecret === undefined) return;
      work = new IdentityWork({
        query: (sql) => started.query(sql),
        tenantOfRole: (appRole) => started.ofRole(appRole),
        finish: { user: (tenant, id) => users.finish(tenant, id), 'machine-client': (tenant, id) => machineClients.finish(tenant, id) },
        log,
        onFailure: (kind) => metrics.identityWorkFailures.labels(kind).inc(),
      });
    },
    stop: async () => {
      await work?.stop();
      await lastSeen.stop();
    },
  };
}
