import { NavLink, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type NavigationGroup, useNavigationGroups, useTenantInAddress } from './navigation-groups.ts';
import { TenantSwitch } from './tenant-switch.tsx';

/** Their addresses are the beginning of all others. */
const HOMES: readonly string[] = ['/tenants/$tenant', '/platform'];

/** The ways to every screen of the views this person can open. */
export function MainNavigation() {
  const { t } = useTranslation();
  const groups = useNavigationGroups();
  const [tenant, platform] = (['tenant', 'platform'] as const).map((view) => groups.find((group) => group.view === view));
  return (
    <Stack component="nav" gap="md" aria-label={t('frame.navigation')}>
      <div>
        <TenantSwitch tenant={useTenantInAddress()} />
        {tenant && <Entries {...tenant} />}
      </div>
      {platform && (
        <div>
          <Text size="xs" fw={600} c="dimmed" px="sm" pb={4}>
            {t('frame.platform')}
          </Text>
          <Entries {...platform} />
        </div>
      )}
    </Stack>
  );
}

function Entries({ view, items, params }: NavigationGroup) {
  const { t } = useTranslation(view);
  return items.map(({ to, labelKey, icon: Icon }) => (
    <NavLink
      key={to}
      label={t(labelKey as never)}
      leftSection={<Icon aria-hidden size={18} />}
      renderRoot={(rest) => (
        <Link
          to={to as never}
          params={params as never}
          activeProps={{ 'data-active': true }}
          activeOptions={{ exact: HOMES.includes(to as string), includeSearch: false }}
          {...rest}
        />
      )}
    />
  ));
}
