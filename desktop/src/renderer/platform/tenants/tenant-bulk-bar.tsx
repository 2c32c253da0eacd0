import { Button, Group, Menu, Paper, Text } from '@mantine/core';
import { ChevronDown, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantRow } from '../../../platform/platform-view-questions.ts';
import { BULK_KINDS, type BulkKind, TenantBulkDialog } from './tenant-bulk-dialog.tsx';

interface TenantBulkBarProps {
  readonly chosen: readonly TenantRow[];
  /** What stays chosen: tenants of which something was refused. */
  readonly onChosen: (names: readonly string[]) => void;
}

/** What is chosen, and what can be done to all of it. */
export function TenantBulkBar({ chosen, onChosen }: TenantBulkBarProps) {
  const { t } = useTranslation('platform');
  /** The tenants are those of the moment it was opened: a filter that some fall out of meanwhile changes nothing. */
  const [open, setOpen] = useState<{ readonly kind: BulkKind; readonly targets: readonly TenantRow[] }>();
  return (
    <>
      {chosen.length > 0 && (
        <Paper withBorder p="xs" role="region" aria-label={t('bulk.title')}>
          <Group gap="sm">
            <Text size="sm" fw={600} role="status">
              {t('bulk.chosen', { count: chosen.length })}
            </Text>
            <Menu position="bottom-start">
              <Menu.Target>
                <Button size="compact-sm" rightSection={<ChevronDown aria-hidden size={14} />}>
                  {t('bulk.menu')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {BULK_KINDS.map((kind) => (
                  <Menu.Item key={kind} onClick={() => setOpen({ kind, targets: chosen })}>
                    {t(kind === 'label' ? 'bulk.label' : `change.${kind}.action`)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Button size="compact-sm" variant="subtle" color="gray" leftSection={<X aria-hidden size={14} />} onClick={() => onChosen([])}>
              {t('bulk.clear')}
            </Button>
          </Group>
        </Paper>
      )}
      {open !== undefined && (
        <TenantBulkDialog
          {...open}
          onClose={(left) => {
            setOpen(undefined);
            if (left !== undefined) onChosen(left);
          }}
        />
      )}
    </>
  );
}
