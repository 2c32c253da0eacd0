import { Button, Menu, Text } from '@mantine/core';
import { ChevronDown, Lock } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { type ChangeKind, keeperOf, offeredChanges } from './offered-changes.ts';

/** Everything that can be done to a tenant. What another tool keeps says so with its name. */
export function TenantActions({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const [open, setOpen] = useState<ChangeKind>();
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<ChevronDown aria-hidden size={16} />}>
            {t('change.menu')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offeredChanges(tenant).map((kind) => {
            const keeper = keeperOf(kind, tenant.owners);
            return (
              <Menu.Item
                key={kind}
                onClick={() => setOpen(kind)}
                {...(kind === 'delete' ? { color: 'red' } : {})}
                {...(keeper === undefined ? {} : { leftSection: <Lock aria-hidden size={14} /> })}
              >
                {kind === 'protect'
                  ? t(tenant.spec.deletionProtection ? 'change.protect.off' : 'change.protect.on')
                  : t(`change.${kind}.action`)}
                {keeper !== undefined && (
                  <Text size="xs" c="dimmed">
                    {t('change.keptBy', { manager: keeper })}
                  </Text>
                )}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      {open !== undefined && <ChangeDialog tenant={tenant} kind={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}
