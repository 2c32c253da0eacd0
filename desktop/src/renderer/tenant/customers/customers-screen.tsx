import { Badge, Button, Group, Loader, Text } from '@mantine/core';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { CustomerListItem } from '@tenantry/contracts';
import { Plus, Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { LiveBadge } from '../live/live-badge.tsx';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { useCustomerColumns } from './customer-columns.tsx';
import { type CustomerListState, listStateParams, nextSort, parseListState } from './customer-list-state.ts';
import { PAGE_ROWS, useCustomerCount, useCustomerList } from './customer-queries.ts';
import { CustomerToolbar } from './customer-toolbar.tsx';
import { NewCustomerDialog } from './new-customer-dialog.tsx';
import { useSelection } from './use-selection.ts';

const route = getRouteApi('/tenants/$tenant/customers');

/** All customers of the tenant: found, narrowed down, put in order, opened, and changed many at once. */
export function CustomersScreen() {
  const { t } = useTranslation('tenant');
  const { tenant } = route.useParams();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const state = useMemo(() => parseListState(new URLSearchParams(q)), [q]);
  const [creating, setCreating] = useState(false);
  const mayCreate = useMay('createCustomer');
  const mayImport = useMay('createImport');
  const list = useCustomerList(state);
  const count = useCustomerCount(state).data;
  const selection = useSelection(q ?? '');
  const columns = useCustomerColumns(state.columns);
  const show = (next: CustomerListState) => {
    // Whoever has gone on to another screen, which still loads, is not called back by what they typed last.
    if (router.latestLocation.pathname !== router.state.resolvedLocation?.pathname) return;
    const text = listStateParams(next).toString();
    // Typing in the search field makes one step back, not one for each letter.
    void navigate({ search: text === '' ? {} : { q: text }, replace: next.search !== state.search });
  };
  const pages = list.data?.pages ?? [];
  const loaded = pages.reduce((sum, { items }) => sum + items.length, 0);
  const rowAt = (index: number): CustomerListItem | undefined => pages[Math.floor(index / PAGE_ROWS)]?.items[index % PAGE_ROWS];
  const narrowed = state.search !== '' || state.filters.length > 0;
  const open = ({ id }: CustomerListItem) =>
    void navigate({ to: '/tenants/$tenant/customers/$customerId', params: { tenant, customerId: id } });
  const readMore = () => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) void list.fetchNextPage();
  };
  return (
    <Screen
      fill
      title={t('customers.title')}
      description={
        <Group gap="xs">
          <Text size="sm" c="dimmed" role="status">
            {count === undefined
              ? t('customers.loadedSoFar', { count: loaded })
              : t(`customers.count.${count.relation}`, { count: count.value })}
          </Text>
          <LiveBadge />
          {list.isFetching && <Loader size={14} role="img" aria-label={t('loading')} />}
        </Group>
      }
      actions={
        <>
          {mayImport && (
            <Button
              variant="default"
              leftSection={<Upload aria-hidden size={16} />}
              renderRoot={(props) => <Link to="/tenants/$tenant/import" params={{ tenant }} {...props} />}
            >
              {t('customers.import')}
            </Button>
          )}
          {mayCreate && (
            <Writing>
              <Button leftSection={<Plus aria-hidden size={16} />} onClick={() => setCreating(true)}>
                {t('customers.new')}
              </Button>
            </Writing>
          )}
        </>
      }
    >
      <CustomerToolbar state={state} onChange={show} />
      {selection.count(loaded) > 0 && <BulkBar selection={selection} state={state} loaded={loaded} total={count} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && !list.isError && <Loader mx="auto" my="xl" role="img" aria-label={t('loading')} />}
      {list.isSuccess && loaded === 0 && (
        <EmptyNotice
          title={narrowed ? t('customers.noneFound') : t('customers.none')}
          hint={narrowed ? t('customers.noneFoundHint') : t('customers.noneHint')}
        >
          {narrowed ? (
            <Button variant="default" onClick={() => show({ ...state, search: '', filters: [] })}>
              {t('customers.clearFilters')}
            </Button>
          ) : (
            mayCreate && (
              <Writing>
                <Button onClick={() => setCreating(true)}>{t('customers.new')}</Button>
              </Writing>
            )
          )}
        </EmptyNotice>
      )}
      {loaded > 0 && (
        <VirtualTable
          label={t('customers.title')}
          columns={columns}
          rowCount={loaded + (list.hasNextPage ? 1 : 0)}
          rowAt={rowAt}
          rowId={({ id }) => id}
          onNearEnd={readMore}
          sort={state.search === '' ? state.sort : []}
          {...(state.search === ''
            ? { onSort: (field: string, add: boolean) => show({ ...state, sort: nextSort(state.sort, field, add) }) }
            : {})}
          onOpen={open}
          selection={{
            isSelected: selection.has,
            toggle: selection.toggle,
            state: selection.state(loaded),
            toggleAll: () => selection.toggleLoaded(pages.flatMap(({ items }) => items)),
            labelAll: t('customers.selectAll'),
            labelOf: ({ name }) => t('customers.select', { name }),
          }}
          onKey={(key, row) => {
            if (key === 'e' && row !== undefined) {
              void navigate({
                to: '/tenants/$tenant/customers/$customerId',
                params: { tenant, customerId: row.id },
                search: { edit: true },
              });
              return true;
            }
            if (key === 'Escape') {
              selection.clear();
              return true;
            }
            if (key !== '/') return false;
            document.querySelector<HTMLInputElement>('[data-customer-search]')?.focus();
            return true;
          }}
        />
      )}
      {state.search !== '' && loaded > 0 && (
        <Badge variant="light" color="gray" size="sm" tt="none">
          {t('customers.ranked')}
        </Badge>
      )}
      {creating && <NewCustomerDialog onClose={() => setCreating(false)} />}
    </Screen>
  );
}
