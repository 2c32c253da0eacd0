import { notifications } from '@mantine/notifications';
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RealmName, SessionView } from '../../platform/bridge.ts';
import type { Platform } from '../../platform/platform.ts';
import { usePlatform } from './platform-provider.tsx';
import { requestLog } from './request-log.ts';

const keyOf = (realm: RealmName) => ['session', realm] as const;

/** Who is signed in to a realm. */
export const sessionQuery = (platform: Platform, realm: RealmName) =>
  queryOptions({ queryKey: keyOf(realm), queryFn: () => platform.session(realm), staleTime: Number.POSITIVE_INFINITY });

/** Who is signed in to a realm, and how to change that. `session` is undefined until it is known. */
export function useSession(realm: RealmName) {
  const platform = usePlatform();
  const queries = useQueryClient();
  const { data: session, error } = useQuery(sessionQuery(platform, realm));
  // A subscription, not data: the main process says when a session ended or came back.
  useEffect(() => platform.onSessionChanged((changed) => takeUp(queries, changed)), [platform, queries]);
  const onSuccess = (changed: SessionView): void => takeUp(queries, changed);
  const signIn = useMutation({ mutationFn: () => platform.signIn(realm), onSuccess });
  const signOut = useMutation({ mutationFn: () => platform.signOut(realm), onSuccess });
  return { session, error, signIn, signOut };
}

/** Shows the session from now on. It is told of by several, and the first of them does it. */
export function takeUp(queries: QueryClient, changed: SessionView): void {
  const before = queries.getQueryData<SessionView>(keyOf(changed.realm));
  const comesBack = before?.lapsed !== undefined && changed.signedIn;
  if (sessionOwner(before) !== sessionOwner(changed)) forget(queries);
  else if (comesBack) void queries.invalidateQueries({ predicate: isOfTheServers });
  queries.setQueryData<SessionView>(keyOf(changed.realm), changed);
}

/** Subject of the person whose screens these are: what they have left open stays theirs while they sign in again. */
export function sessionOwner(session: SessionView | undefined): string | undefined {
  return (session?.person ?? session?.lapsed)?.subject;
}

/** What was read and done as somebody else, or as nobody, is not shown to this person. */
function forget(queries: QueryClient): void {
  const mutations = queries.getMutationCache();
  for (const mutation of mutations.getAll()) if (mutation.state.status !== 'pending') mutations.remove(mutation);
  notifications.clean();
  requestLog.clear();
  // Reset, not removed: a screen would go on waiting for what is gone.
  void queries.resetQueries({ predicate: isOfTheServers });
}

function isOfTheServers({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return queryKey[0] !== 'session' && queryKey[0] !== 'environments';
}
