import type { NoticeName, Notices, RealmName, SessionView } from '../platform/bridge.ts';
import type { Environment } from '../platform/environment.ts';
import { IdentitySession } from '../platform/session/identity-session.ts';
import { TENANTS_SIGN_IN_SCOPE, tenantToken } from '../platform/session/tenant-token.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { ElectronPort } from './electron-port.ts';
import { platformViewAnswers } from './kube/platform-view-answers.ts';
import type { LastSeen, Seen } from './last-seen.ts';
import { refusal } from './refusal.ts';
import { identityProvider } from './session/identity-provider.ts';
import type { TokenVault } from './session/token-vault.ts';
import { TenantCalls } from './tenant-calls.ts';
import { trustedFetch } from './trusted-fetch.ts';

/** Tells the window. */
export type Tell = <Name extends NoticeName>(name: Name, notice: Notices[Name]) => void;

export interface EnvironmentWorldOptions {
  readonly environment: Environment;
  readonly port: Pick<ElectronPort, 'fetch' | 'openInBrowser'>;
  readonly vault: TokenVault;
  readonly lastSeen: LastSeen;
  readonly log: DesktopLog;
  readonly tell: Tell;
}

/** Servers and sessions of one environment. */
export interface EnvironmentWorld {
  readonly environment: Environment;
  /** @throws PlatformError when the environment has no such realm */
  readonly session: (realm: RealmName) => IdentitySession;
  readonly sessionViews: () => Promise<SessionView[]>;
  readonly calls: TenantCalls;
  /** What the person who is signed in has last seen of their tenants; nothing of other tenants, and nothing while nobody is signed in. */
  readonly lastSeen: {
    readonly read: (tenant: string, name: string) => Promise<Seen | undefined>;
    readonly keep: (tenant: string, name: string, text: string) => Promise<undefined>;
  };
  readonly platformView: ReturnType<typeof platformViewAnswers> | undefined;
  readonly close: () => Promise<void>;
}

const STAFF_SCOPE = 'openid kubernetes';

/** Nothing is asked of a server before the window asks. */
export function environmentWorld({ environment, port, vault, lastSeen, log, tell }: EnvironmentWorldOptions): EnvironmentWorld {
  const { tenants, staff, certificateAuthorities } = environment;
  const fetch = certificateAuthorities === undefined ? port.fetch : trustedFetch(certificateAuthorities);
  const open = (realm: RealmName, { issuer, clientId }: { issuer: string; clientId: string }, signInScope: string) =>
    new IdentitySession({
      realm,
      provider: identityProvider({ issuer, clientId, fetch, openInBrowser: port.openInBrowser }),
      vault,
      people: vault,
      name: `${environment.id} ${realm} ${issuer}`,
      signInScope,
      log,
      onChange: (session) => {
        if (realm === 'staff' && !session.signedIn) platformView?.forget();
        if (realm === 'tenants')
          void keepOwn(session).catch((error: unknown) => log.error('what was last seen could not be removed', {}, error));
        tell('session.changed', session);
      },
    });
  const sessions = {
    tenants: open('tenants', tenants, TENANTS_SIGN_IN_SCOPE),
    staff: staff && open('staff', staff, STAFF_SCOPE),
  };
  const session = (realm: RealmName): IdentitySession => {
    const found = sessions[realm];
    if (found === undefined) throw refusal('not-found', 'There is no platform view', `${environment.name} names no cluster.`);
    return found;
  };
  const environmentName = `${environment.id} ${tenants.issuer}`;
  const ownerOf = ({ person }: SessionView) => person && { environment: environmentName, person: person.subject };
  /** What a person has seen ends with their session, and with their membership. */
  const keepOwn = async (view: SessionView): Promise<void> => {
    const owner = ownerOf(view);
    if (owner === undefined) await lastSeen.forget(environmentName);
    else await lastSeen.keepOnly(owner, view.tenants);
  };
  const ownerIn = async (tenant: string) => {
    const view = await sessions.tenants.view();
    return view.tenants.includes(tenant) ? ownerOf(view) : undefined;
  };
  const platformView =
    staff &&
    platformViewAnswers({
      server: staff.kubernetesUrl,
      prometheus: staff.prometheus,
      operator: staff.operator,
      certificateAuthorities,
      token: () => session('staff').token({ scope: STAFF_SCOPE, audience: 'kubernetes' }),
      tell: (name, notice) => tell(name, notice as Notices[typeof name]),
      renewMemberships: () => sessions.tenants.renew(),
    });
  return {
    environment,
    session,
    sessionViews: async () =>
      await Promise.all([sessions.tenants, sessions.staff].flatMap((each) => (each === undefined ? [] : [each.view()]))),
    calls: new TenantCalls({
      apiUrl: tenants.apiUrl,
      fetch,
      token: (tenant) => sessions.tenants.token(tenantToken(tenant)),
      expire: (tenant) => sessions.tenants.expire(tenantToken(tenant).scope),
      log,
    }),
    lastSeen: {
      read: async (tenant, name) => {
        const owner = await ownerIn(tenant);
        return owner && (await lastSeen.read(owner, tenant, name));
      },
      keep: async (tenant, name, text) => {
        const owner = await ownerIn(tenant);
        if (owner !== undefined) await lastSeen.keep(owner, tenant, name, text);
        return undefined;
      },
    },
    platformView,
    close: async () => await platformView?.close(),
  };
}
