import { Button, Group, Menu, Paper, Text } from '@mantine/core';
import type { PageCount } from '@tenantry/contracts';
import { ChevronDown, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { useMay } from '../tenant-access.ts';
import { BulkDialog, type BulkKind } from './bulk-dialog.tsx';
import type { CustomerListState } from './customer-list-state.ts';
import type { Selection } from './use-selection.ts';

interface BulkBarProps {
  readonly selection: Selection;
  readonly state: CustomerListState;
  readonly loaded: number;
  readonly total: PageCount | undefined;
}

const KINDS: readonly BulkKind[] = ['status', 'segment', 'addTag', 'removeTag', 'delete'];

/** What is selected, how to select all that pass, and what can be done to them. */
export function BulkBar({ selection, state, loaded, total }: BulkBarProps) {
  const { t } = useTranslation('tenant');
  const [kind, setKind] = useState<BulkKind | null>(null);
  const mayChange = useMay('batchCustomers');
  const mayDelete = useMay('batchCustomers', 'deleteCustomer');
  // Everything that passes, when more passes than was chosen: also what was never loaded.
  const more = !selection.everything && selection.rows.size >= loaded && (total === undefined || total.value > selection.rows.size);
  const chosen = selection.everything ? (total?.value ?? loaded) : selection.rows.size;
  return (
    <Paper withBorder p="xs" role="region" aria-label={t('bulk.title')}>
      <Group gap="sm">
        <Text size="sm" fw={600} role="status">
          {selection.everything ? t('bulk.everything', { count: chosen }) : t('bulk.selected', { count: chosen })}
        </Text>
        {more && (
          <Button size="compact-sm" variant="subtle" onClick={selection.takeEverything}>
            {t('bulk.takeEverything')}
          </Button>
        )}
        <Writing>
          <Menu withinPortal position="bottom-start">
            <Menu.Target>
              <Button size="compact-sm" disabled={!mayChange} rightSection={<ChevronDown aria-hidden size={14} />}>
                {mayChange ? t('bulk.change') : t('bulk.notAllowed')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {KINDS.filter((name) => name !== 'delete' || mayDelete).map((name) => (
                <Menu.Item key={name} {...(name === 'delete' ? { color: 'var(--mantine-color-error)' } : {})} onClick={() => setKind(name)}>
                  {t(`bulk.kinds.${name}`)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Writing>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<X aria-hidden size={14} />} onClick={selection.clear}>
          {t('bulk.clear')}
        </Button>
      </Group>
      {kind !== null && <BulkDialog kind={kind} count={chosen} selection={selection} state={state} onClose={() => setKind(null)} />}
    </Paper>
  );
}
