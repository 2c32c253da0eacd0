import { createContext, type ReactNode, useContext } from 'react';
import type { Platform } from '../../platform/platform.ts';

const PlatformContext = createContext<Platform | undefined>(undefined);

/** Gives the screens the world they run in. */
export function PlatformProvider({ platform, children }: { readonly platform: Platform; readonly children: ReactNode }) {
  return <PlatformContext value={platform}>{children}</PlatformContext>;
}

/** The world the screens run in: the desktop or a browser. */
export function usePlatform(): Platform {
  const platform = useContext(PlatformContext);
  if (platform === undefined) throw new Error('usePlatform is called outside of PlatformProvider');
  return platform;
}
