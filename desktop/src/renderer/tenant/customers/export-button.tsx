import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TransferFormat } from '@tenantry/contracts';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useMay } from '../tenant-access.ts';
import { filterRecord, type ListFilter } from './customer-list-state.ts';

/** Makes a file of the customers that pass the filters; it is made in the background and found under Activity. */
export function ExportButton({ filters, searching }: { readonly filters: readonly ListFilter[]; readonly searching: boolean }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const may = useMay('createExport');
  const begin = useMutation({
    mutationFn: (file: { format: TransferFormat; bom?: boolean }) =>
      client.createExport({ body: { resource: 'customers', ...file, filter: filterRecord(filters) }, idempotencyKey: crypto.randomUUID() }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'operations'] });
      notifications.show({
        title: t('export.begun'),
        message: (
          <Link to="/tenants/$tenant/activity" params={{ tenant }}>
            {t('export.follow')}
          </Link>
        ),
      });
    },
    onError: (error) => notifications.show({ color: 'red', title: t('export.refused'), message: error.message }),
  });
  if (!may) return null;
  return (
    <Writing>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button variant="default" leftSection={<Download aria-hidden size={16} />} loading={begin.isPending}>
            {t('export.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{searching ? t('export.withoutSearch') : t('export.ofThisView')}</Menu.Label>
          <Menu.Item onClick={() => begin.mutate({ format: 'csv', bom: true })}>{t('export.excel')}</Menu.Item>
          <Menu.Item onClick={() => begin.mutate({ format: 'csv' })}>{t('export.csv')}</Menu.Item>
          <Menu.Item onClick={() => begin.mutate({ format: 'ndjson' })}>{t('export.ndjson')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Writing>
  );
}
