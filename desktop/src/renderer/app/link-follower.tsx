import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { usePlatform } from './platform-provider.tsx';

/** Goes where a `tenantry://` address that was opened points to. It only ever navigates: an address does nothing by itself. */
export function LinkFollower() {
  const platform = usePlatform();
  const router = useRouter();
  useEffect(() => platform.onLinkOpened(({ path }) => router.history.push(path)), [platform, router]);
  return null;
}
