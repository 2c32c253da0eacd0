import type { PlatformViewAccess } from '../../platform/platform-view-access.ts';
import { usePlatform } from '../app/platform-provider.tsx';

/** The way to the cluster. The routes of this view exist only where there is one. */
export function usePlatformView(): PlatformViewAccess {
  const { platformView } = usePlatform();
  if (platformView === undefined) throw new Error('the platform view needs the desktop: a browser cannot reach a cluster');
  return platformView;
}
