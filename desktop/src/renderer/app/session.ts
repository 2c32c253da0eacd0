import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RealmName, SessionView } from '../../platform/bridge.ts';
import type { Platform } from '../../platform/platform.ts';
import { usePlatform } from './platform-provider.tsx';

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
  useEffect(
    () =>
      platform.onSessionChanged((changed) => {
        queries.setQueryData<SessionView>(keyOf(changed.realm), changed);
      }),
    [platform, queries],
  );
  const settle = (changed: SessionView): void => {
    queries.setQueryData<SessionView>(keyOf(realm), changed);
    // What was read as somebody else, or as nobody, is not shown to this person. Reset, not removed: a screen would go on waiting for what is gone.
    void queries.resetQueries({ predicate: (query) => query.queryKey[0] !== 'session' && query.queryKey[0] !== 'environments' });
  };
  const signIn = useMutation({ mutationFn: () => platform.signIn(realm), onSuccess: settle });
  const signOut = useMutation({ mutationFn: () => platform.signOut(realm), onSuccess: settle });
  return { session, error, signIn, signOut };
}
