import { useEffect, useRef } from 'react';
import { useSession } from '../../app/session.ts';
import { useTenantList, useTenantListAnew } from './use-tenant-list.ts';

/** Holds the list while one screen gives way to the next: ten thousand tenants are told once, not at every step. */
export function TenantListKeeper() {
  useTenantList();
  const begin = useTenantListAnew();
  const isSignedIn = useSession('staff').session?.signedIn === true;
  const wasAway = useRef(false);
  // With the session the main process has let the list go: who comes back is told everything again.
  useEffect(() => {
    if (isSignedIn && wasAway.current) begin();
    wasAway.current = !isSignedIn;
  }, [isSignedIn, begin]);
  return null;
}
