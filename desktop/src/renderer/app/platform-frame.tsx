import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { TenantListKeeper } from '../platform/tenants/tenant-list-keeper.tsx';
import { useEnvironments } from './environments.ts';
import { MessageScreen } from './message-screen.tsx';
import { usePlatform } from './platform-provider.tsx';
import { SignInGate } from './sign-in-gate.tsx';

/** Around every screen of the platform view: only in the desktop, only for staff. */
export function PlatformFrame() {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { current } = useEnvironments();
  if (!platform.views.includes('platform'))
    return <MessageScreen title={t('platform.desktopOnly')} detail={t('platform.desktopOnlyDetail')} />;
  if (current !== undefined && !current.hasPlatformView)
    return <MessageScreen title={t('platform.notHere', { name: current.name })} detail={t('platform.notHereDetail')} />;
  return (
    <SignInGate realm="staff">
      <TenantListKeeper />
      <Outlet />
    </SignInGate>
  );
}
