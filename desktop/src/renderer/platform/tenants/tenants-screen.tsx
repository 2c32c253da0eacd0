import { Button, Group, Text } from '@mantine/core';
import { getRouteApi, Link, useNavigate, useRouter } from '@tanstack/react-router';
import { CirclePlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantRow } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';
import { type TableColumn, VirtualTable } from '../../kit/virtual-table.tsx';
import { PhaseBadge } from '../phase-badge.tsx';
import { ScreenFrame } from '../screen-frame.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { TenantBulkBar } from './tenant-bulk-bar.tsx';
import { filteredTenants, sortedBy, type TenantFilter, type TenantSort } from './tenant-filter.ts';
import { TenantFilterBar } from './tenant-filter-bar.tsx';
import classes from './tenants-screen.module.css';
import { useTenantList } from './use-tenant-list.ts';

const route = getRouteApi('/platform/tenants');
/** Rows that have not come yet, drawn as placeholders. */
const PLACEHOLDERS = 12;

/** Every tenant, live. The filter is the address. */
export function TenantsScreen() {
  const { t } = useTranslation('platform');
  const filter = route.useSearch();
  const navigate = useNavigate();
  const { rows, isComplete, connection } = useTenantList();
  // Ten thousand rows are filtered and sorted in about 15 ms: not again for every key and scroll.
  const found = useMemo(() => filteredTenants(rows.values(), filter), [rows, filter]);
  const columns = useColumns();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What the filter hides is not changed unseen.
  const chosen = useMemo(() => (selected.size === 0 ? [] : found.filter(({ name }) => selected.has(name))), [found, selected]);
  const show = (next: TenantFilter) => void navigate({ to: '/platform/tenants', search: next, replace: true });
  const isFilling = !isComplete && rows.size === 0;
  return (
    <ScreenFrame
      fill
      title={t('tenants.title')}
      description={
        <Group gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {isFilling ? t('tenants.filling') : t('tenants.count', { count: rows.size, shown: found.length })}
          </Text>
          <ConnectionNote connection={connection} />
        </Group>
      }
      actions={
        <Button leftSection={<CirclePlus aria-hidden size={16} />} renderRoot={(props) => <Link to="/platform/new-tenant" {...props} />}>
          {t('navigation.newTenant')}
        </Button>
      }
    >
      <TenantFilterBar rows={rows} filter={filter} onFilter={show} />
      <TenantBulkBar chosen={chosen} onChosen={(names) => setSelected(new Set(names))} />
      {!isFilling && found.length === 0 ? (
        <Text c="dimmed" ta="center" py="xl" role="status">
          {rows.size === 0 ? t('tenants.none') : t('tenants.noneFound')}
        </Text>
      ) : (
        <VirtualTable
          label={t('tenants.title')}
          columns={columns}
          rowCount={isFilling ? PLACEHOLDERS : found.length}
          rowAt={(index) => found[index]}
          rowId={({ name }) => name}
          sort={[{ field: filter.sort ?? 'name', descending: filter.desc === true }]}
          onSort={(field) => show(sortedBy(filter, field as TenantSort))}
          selection={{
            isSelected: (name) => selected.has(name),
            toggle: ({ name }) => setSelected((before) => toggled(before, name)),
            state: chosen.length === 0 ? 'none' : chosen.length < found.length ? 'some' : 'all',
            toggleAll: () => setSelected(new Set(chosen.length < found.length ? found.map(({ name }) => name) : [])),
            labelAll: t('bulk.all'),
            labelOf: ({ name }) => t('bulk.one', { name }),
          }}
          onOpen={({ name }) => void navigate({ to: '/platform/tenants/$name', params: { name } })}
        />
      )}
    </ScreenFrame>
  );
}

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return next;
}

function useColumns(): readonly TableColumn<TenantRow>[] {
  const { t } = useTranslation('platform');
  const { ago, number } = useFormat();
  return [
    {
      id: 'name',
      header: t('column.name'),
      width: 'minmax(190px, 2fr)',
      sortable: true,
      cell: ({ name, displayName }) => (
        <>
          <TenantLink name={name} />
          {displayName !== undefined && <span className={classes.aside}> {displayName}</span>}
        </>
      ),
    },
    { id: 'phase', header: t('column.phase'), width: '130px', sortable: true, cell: ({ phase }) => <PhaseBadge phase={phase} /> },
    { id: 'class', header: t('column.class'), width: 'minmax(90px, 0.6fr)', sortable: true, cell: (row) => row.class },
    { id: 'cell', header: t('column.cell'), width: '80px', sortable: true, cell: ({ cell }) => cell ?? '–' },
    {
      id: 'mode',
      header: t('column.mode'),
      width: '110px',
      sortable: true,
      cell: ({ mode }) => (mode === undefined ? '–' : t(`mode.${mode}`)),
    },
    {
      id: 'says',
      header: t('column.says'),
      width: 'minmax(190px, 2.2fr)',
      cell: ({ says }) => (
        <div title={says} dir="auto" className={classes.says}>
          {says}
        </div>
      ),
    },
    {
      id: 'drift',
      header: t('column.drift'),
      width: '70px',
      align: 'end',
      sortable: true,
      cell: ({ drift }) => (drift === 0 ? '' : number(drift)),
    },
    {
      id: 'createdAt',
      header: t('column.age'),
      width: '135px',
      sortable: true,
      cell: ({ createdAt }) => (createdAt === '' ? '' : ago(createdAt)),
    },
  ];
}

/** The router's own link follows every change of the address to know whether it is where it leads: too much for each row of a long list. */
function TenantLink({ name }: { readonly name: string }) {
  const { history } = useRouter();
  const path = `/platform/tenants/${name}`;
  return (
    <a
      // The table is one stop of the Tab key, and Enter in it opens the row.
      tabIndex={-1}
      className={classes.link}
      href={history.createHref(path)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        history.push(path);
      }}
    >
      {name}
    </a>
  );
}
