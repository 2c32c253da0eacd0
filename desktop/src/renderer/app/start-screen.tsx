import { Button, Group } from '@mantine/core';
import { Link, Navigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MessageScreen } from './message-screen.tsx';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';
import { SignInGate } from './sign-in-gate.tsx';

/** Where the window opens: the only tenant, the choice of tenants, or the way in. */
export function StartScreen() {
  return (
    <>
      <SignInGate realm="tenants">
        <ChooseTenant />
      </SignInGate>
      <PlatformWay />
    </>
  );
}

function ChooseTenant() {
  const { t } = useTranslation();
  const { session } = useSession('tenants');
  const tenants = session?.tenants ?? [];
  const [only, ...others] = tenants;
  if (only === undefined) return <MessageScreen title={t('start.noTenant')} detail={t('start.noTenantDetail')} />;
  if (others.length === 0) return <Navigate to="/tenants/$tenant" params={{ tenant: only }} replace />;
  return (
    <MessageScreen title={t('start.choose')} detail={t('start.chooseDetail', { count: tenants.length })}>
      <Group justify="center" maw={640}>
        {tenants.map((tenant) => (
          <Button key={tenant} variant="default" renderRoot={(props) => <Link to="/tenants/$tenant" params={{ tenant }} {...props} />}>
            {tenant}
          </Button>
        ))}
      </Group>
    </MessageScreen>
  );
}

/** Staff come in by their own door. */
function PlatformWay() {
  const { t } = useTranslation();
  const platform = usePlatform();
  if (!platform.views.includes('platform')) return null;
  return (
    <Group justify="center" pb="xl">
      <Button variant="subtle" renderRoot={(props) => <Link to="/platform" {...props} />}>
        {t('start.platform')}
      </Button>
    </Group>
  );
}
