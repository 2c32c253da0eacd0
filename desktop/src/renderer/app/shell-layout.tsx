import { AppShell, Burger, Group, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Notifications } from '@mantine/notifications';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AccountMenu } from './account-menu.tsx';
import { EnvironmentBar } from './environment-bar.tsx';
import { FocusKeeper } from './focus-keeper.tsx';
import { HEADER_TOOLS } from './header-tools.ts';
import { LinkFollower } from './link-follower.tsx';
import { MainNavigation } from './main-navigation.tsx';
import { useNavigationGroups } from './navigation-groups.ts';
import { useSession } from './session.ts';
import classes from './shell-layout.module.css';
import { Shortcuts } from './shortcuts.tsx';
import { UpdateOffer } from './updates/update-offer.tsx';

/** The frame of the window: environment, navigation, account, and the screen in the middle. */
export function ShellLayout() {
  const { t } = useTranslation();
  const [isOpen, { toggle, close }] = useDisclosure();
  const groups = useNavigationGroups();
  const { session } = useSession('tenants');
  const hasNavigation = groups.length > 0 || session?.signedIn === true;
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen, desktop: !hasNavigation } }}
      padding={0}
    >
      {/* No link: the part of the address behind # is the router's. */}
      <button type="button" className={classes.skip} onClick={() => document.getElementById('main')?.focus()}>
        {t('frame.skip')}
      </button>
      <AppShell.Header>
        <EnvironmentBar />
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('frame.navigation')} />
            <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />}>
              <Text fw={700}>Tenantry</Text>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <div id={HEADER_TOOLS} />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" onClick={close}>
        <MainNavigation />
      </AppShell.Navbar>
      <UpdateOffer />
      {/* Inside of the router: a message may have a link. */}
      <Notifications position="bottom-right" containerWidth={400} />
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <LinkFollower />
        <FocusKeeper />
        <Shortcuts />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
