import { Alert, Code, Drawer, Group, Loader, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { type TableColumn, VirtualTable } from '../../kit/virtual-table.tsx';
import { ActorName } from '../ui/actor-name.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { readTrail, type TrailEntry } from './read-trail.ts';
import { verifyChain } from './verify-chain.ts';

const route = getRouteApi('/tenants/$tenant/audit');
/** Beginnings of event types to choose from. */
const KINDS = ['customer', 'account', 'transaction', 'user', 'machineclient', 'webhook', 'tenant'] as const;

/** Who did what, newest first, and whether the chain that proves it holds. */
export function AuditScreen() {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const platform = usePlatform();
  const { kind } = route.useSearch();
  const navigate = route.useNavigate();
  const format = useFormat();
  const [shown, setShown] = useState<TrailEntry>();
  const trail = useInfiniteQuery({
    queryKey: ['tenant', tenant, 'audit', kind ?? null],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readTrail(platform, tenant, { before: pageParam, kind }, signal),
    getNextPageParam: (last) => last.before,
  });
  const rows = trail.data?.pages.flatMap(({ items }) => items) ?? [];
  const columns: readonly TableColumn<TrailEntry>[] = [
    { id: 'sequence', header: t('audit.number'), width: '90px', align: 'end', cell: ({ event }) => event.sequence },
    { id: 'time', header: t('audit.when'), width: '190px', cell: ({ event }) => format.instant(event.time) },
    {
      id: 'actor',
      header: t('audit.who'),
      width: 'minmax(140px, 1fr)',
      cell: ({ actor }) => (actor === null ? '–' : <ActorName actor={actor} />),
    },
    { id: 'type', header: t('audit.what'), width: 'minmax(240px, 2fr)', cell: ({ event }) => event.type.replace(/^dev\.tenantry\./, '') },
    { id: 'subject', header: t('audit.which'), width: 'minmax(280px, 2fr)', cell: ({ event }) => event.subject },
  ];
  return (
    <Screen
      fill
      title={t('audit.title')}
      description={kind === undefined && rows.length > 0 ? <Proof rows={rows} /> : undefined}
      actions={
        <Select
          aria-label={t('audit.only')}
          placeholder={t('audit.everything')}
          clearable
          data={KINDS.map((value) => ({ value, label: t(`audit.kinds.${value}`) }))}
          value={kind ?? null}
          onChange={(value) => void navigate({ search: value === null ? {} : { kind: value as (typeof KINDS)[number] } })}
        />
      }
    >
      {trail.isPending && <Loader mx="auto" role="img" aria-label={t('loading')} />}
      {trail.isError && <ProblemNotice error={trail.error} onRetry={() => void trail.refetch()} />}
      {trail.isSuccess && rows.length === 0 && <EmptyNotice title={t('audit.none')} hint={t('audit.noneHint')} />}
      {rows.length > 0 && (
        <VirtualTable
          label={t('audit.title')}
          columns={columns}
          rowCount={rows.length}
          rowAt={(index) => rows[index]}
          rowId={({ event }) => event.id}
          onNearEnd={() => {
            if (trail.hasNextPage && !trail.isFetchingNextPage) void trail.fetchNextPage();
          }}
          onOpen={setShown}
        />
      )}
      <Drawer opened={shown !== undefined} onClose={() => setShown(undefined)} position="right" size="lg" title={t('audit.event')}>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {shown === undefined ? '' : JSON.stringify({ ...shown, dataText: undefined }, null, 2)}
        </Code>
      </Drawer>
    </Screen>
  );
}

/** Follows the hash chain over what is loaded, on this machine: nobody has to be believed. */
function Proof({ rows }: { readonly rows: readonly TrailEntry[] }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { tenant } = useTenantApi();
  const first = rows[0]?.hash;
  const { data } = useQuery({
    queryKey: ['tenant', tenant, 'proof', first, rows.length],
    queryFn: () => verifyChain(rows),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data === undefined) return <Loader size="xs" role="img" aria-label={t('loading')} />;
  if (data.brokenAt !== undefined)
    return (
      <Alert color="red" icon={<ShieldAlert aria-hidden />} title={t('audit.broken', { number: data.brokenAt })}>
        {t('audit.brokenHint')}
      </Alert>
    );
  return (
    <Group gap={6} role="status">
      <ShieldCheck aria-hidden size={16} color="var(--mantine-color-teal-6)" />
      <Stack gap={0}>
        <Text size="sm">{t('audit.proven', { number: format.number(data.proven) })}</Text>
      </Stack>
    </Group>
  );
}
