import type { DesktopBridge, QuestionName, Questions } from './bridge.ts';
import type { Platform } from './platform.ts';
import { PlatformError } from './platform-error.ts';

/** The desktop: sessions, tokens and addresses are the main process's; the window asks and never holds them. */
export function electronPlatform(bridge: DesktopBridge): Platform {
  const ask = async <Name extends QuestionName>(name: Name, input: Questions[Name]['input']): Promise<Questions[Name]['answer']> => {
    const answer = await bridge.ask[name](input);
    if (!answer.ok) throw new PlatformError(answer.problem);
    return answer.value;
  };
  return {
    kind: 'desktop',
    views: ['tenant', 'platform'],
    environments: () => ask('environments.list', undefined),
    selectEnvironment: (id) => ask('environments.select', { id }),
    session: (realm) => ask('session.read', { realm }),
    signIn: (realm) => ask('session.signIn', { realm }),
    signOut: (realm) => ask('session.signOut', { realm }),
    // The main process answers this address itself, puts the token on and passes the call to wherever the tenant is served.
    callTenant: (tenant, path, init) => fetch(`/api/${encodeURIComponent(tenant)}${path}`, init),
    diagnostics: async () => (await ask('diagnostics.read', undefined)).text,
    openLink: (url) => ask('links.open', { url }),
    kept: {
      lastSeen: (tenant, name) => ask('lastSeen.read', { tenant, name }),
      keepLastSeen: (tenant, name, text) => ask('lastSeen.keep', { tenant, name, text }),
      activitySeen: async (tenant) => (await ask('activity.seen', { tenant })).until,
      markActivitySeen: (tenant, until) => ask('activity.markSeen', { tenant, until }),
      tellEnded: (ended) => ask('activity.tellEnded', ended),
    },
    updates: {
      read: () => ask('updates.read', undefined),
      wish: (wish) => ask(`updates.${wish}`, undefined),
      onChanged: bridge.on['updates.changed'],
    },
    platformView: { ask, on: (name, listener) => bridge.on[name](listener) },
    onSessionChanged: bridge.on['session.changed'],
    onLinkOpened: bridge.on['link.opened'],
  };
}
