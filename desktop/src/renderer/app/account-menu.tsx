import { ActionIcon, Button, Divider, Popover, Stack, Text } from '@mantine/core';
import { CircleUser, ClipboardCopy, LogOut } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { RealmName } from '../../platform/bridge.ts';
import { ACCOUNT_ENTRY } from './account-entry.ts';
import { useCopyDiagnostics } from './copy-diagnostics.ts';
import { usePlatform } from './platform-provider.tsx';
import { PreferencesMenu } from './preferences-menu.tsx';
import { useSession } from './session.ts';

const UpdateEntry = lazy(async () => ({ default: (await import('./updates/update-entry.tsx')).UpdateEntry }));

/** Who is signed in, how the window looks, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const platform = usePlatform();
  const tenants = useSession('tenants');
  const staff = useSession('staff');
  const copyDiagnostics = useCopyDiagnostics();
  const entry = (realm: RealmName, { session, signOut }: ReturnType<typeof useSession>) =>
    session?.signedIn === true && (
      <>
        <Button
          {...ACCOUNT_ENTRY}
          leftSection={<LogOut aria-hidden size={16} />}
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          {t(`account.signOut.${realm}`, { name: session.person?.username ?? '' })}
        </Button>
        {session.kept === 'memory' && platform.kind === 'desktop' && (
          <Text size="xs" c="dimmed" px="sm">
            {t('account.keptInMemory')}
          </Text>
        )}
      </>
    );
  return (
    // No menu: what is chosen from lists is not an item of one.
    <Popover position="bottom-end" width={300} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('account.label')}>
          <CircleUser aria-hidden size={22} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={t('account.label')}>
        <PreferencesMenu />
        <Divider />
        <Stack gap={0} p="xs">
          <Button {...ACCOUNT_ENTRY} leftSection={<ClipboardCopy aria-hidden size={16} />} onClick={() => void copyDiagnostics()}>
            {t('account.copyDiagnostics')}
          </Button>
          <Suspense>{platform.updates !== undefined && <UpdateEntry updates={platform.updates} />}</Suspense>
          {entry('tenants', tenants)}
          {platform.views.includes('platform') && entry('staff', staff)}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
