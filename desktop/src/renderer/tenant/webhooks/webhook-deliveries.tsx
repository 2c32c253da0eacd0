import { Badge, Box, Button, Card, Code, Drawer, Group, Loader, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Operations } from '@tenantry/contracts';
import { Pause, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { LatinText } from '../../kit/latin-text.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { type TableColumn, VirtualTable } from '../../kit/virtual-table.tsx';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { lookAgainAfter, useDeliveryTail } from './delivery-tail.ts';
import { useWebhookEndpoints } from './endpoint-queries.ts';

type Delivery = z.output<Operations['listWebhookDeliveries']['success']['body']>['items'][number];

const COLOURS = { pending: 'blue', delivered: 'teal', exhausted: 'red' } as const;
/** A delivery that is looked into, while it is pending. */
const ATTEMPT_MS = 2000;
/** Pages that are kept: whoever looks for something older narrows the list down. */
const PAGES_MAX = 10;

/** What was sent, newest first, as it happens; each can be looked into and sent again. */
export function WebhookDeliveries() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const [state, setState] = useState<string | null>(null);
  const [shown, setShown] = useState<string>();
  const [isHeld, setHeld] = useState(false);
  const [isPointedAt, setPointedAt] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  // Nothing moves away from under a pointer, a cursor or a drawer.
  const isPaused = isHeld || isPointedAt || hasFocus || shown !== undefined;
  const queries = useQueryClient();
  const queryKey = ['tenant', tenant, 'webhooks', 'deliveries', state];
  const list = useInfiniteQuery({
    queryKey,
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) =>
      (
        await client.listWebhookDeliveries({
          query: { limit: 100, ...(pageParam === null ? {} : { cursor: pageParam }) },
          filter: state === null ? {} : { state },
          signal,
        })
      ).data,
    getNextPageParam: (last) => last.page.next,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state: query }) => (isPaused ? false : (lookAgainAfter(query.data?.pages[0]?.items ?? [], Date.now()) ?? false)),
  });
  const missed = useDeliveryTail(isPaused, () => {
    // Whoever follows is at the top: the pages below it are let go.
    queries.setQueryData<typeof list.data>(
      queryKey,
      (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) },
    );
    void list.refetch();
  });
  const endpoints = useWebhookEndpoints();
  const urls = new Map(endpoints.data?.map(({ id, url }) => [id, url.replace(/^https:\/\//, '')]));
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const columns: readonly TableColumn<Delivery>[] = [
    {
      id: 'createdAt',
      header: t('audit.when'),
      width: '190px',
      cell: (row) => (row.createdAt === undefined ? '' : format.instant(row.createdAt)),
    },
    {
      id: 'eventType',
      header: t('audit.what'),
      width: 'minmax(240px, 2fr)',
      cell: (row) => row.eventType?.replace(/^dev\.tenantry\./, ''),
    },
    {
      id: 'endpoint',
      header: t('webhooks.endpoint'),
      width: 'minmax(180px, 1fr)',
      cell: (row) => <LatinText text={urls.get(row.endpointId ?? '') ?? '–'} />,
    },
    { id: 'state', header: t('webhooks.state'), width: '130px', cell: (row) => row.state !== undefined && <State state={row.state} /> },
    { id: 'attempts', header: t('webhooks.attempts'), width: '100px', align: 'end', cell: (row) => row.attempts },
    {
      id: 'last',
      header: t('webhooks.last'),
      width: 'minmax(160px, 1fr)',
      cell: (row) => [row.lastOutcome, row.lastStatus].filter((part) => part != null).join(' ') || '–',
    },
  ];
  return (
    <Stack style={{ flex: 1, minHeight: 0 }}>
      <Group>
        <Select
          aria-label={t('webhooks.state')}
          placeholder={t('webhooks.everyState')}
          clearable
          data={(['pending', 'delivered', 'exhausted'] as const).map((value) => ({ value, label: t(`webhooks.states.${value}`) }))}
          value={state}
          onChange={setState}
        />
        <Button
          variant="default"
          aria-pressed={isHeld}
          leftSection={isHeld ? <Play aria-hidden size={16} /> : <Pause aria-hidden size={16} />}
          onClick={() => setHeld(!isHeld)}
        >
          {t(isHeld ? 'webhooks.follow' : 'webhooks.hold')}
        </Button>
        <Text size="sm" c="dimmed">
          {!isPaused && t('webhooks.following')}
          {isPaused && (missed === 0 ? t('webhooks.paused') : t('webhooks.pausedMissed', { count: missed }))}
        </Text>
      </Group>
      {list.isPending && <Loader role="img" aria-label={t('loading')} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <EmptyNotice title={t('webhooks.noDeliveries')} hint={t('webhooks.noDeliveriesHint')} />}
      {rows.length > 0 && (
        <Box
          style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}
          onPointerEnter={() => setPointedAt(true)}
          onPointerLeave={() => setPointedAt(false)}
          onFocus={() => setFocus(true)}
          onBlur={() => setFocus(false)}
        >
          <VirtualTable
            label={t('webhooks.deliveries')}
            columns={columns}
            rowCount={rows.length}
            rowAt={(index) => rows[index]}
            rowId={({ id }) => id}
            onNearEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage && (list.data?.pages.length ?? 0) < PAGES_MAX) void list.fetchNextPage();
            }}
            onOpen={({ id }) => setShown(id)}
          />
        </Box>
      )}
      <Drawer opened={shown !== undefined} onClose={() => setShown(undefined)} position="right" size="lg" title={t('webhooks.delivery')}>
        {shown !== undefined && <DeliveryDetails id={shown} />}
      </Drawer>
    </Stack>
  );
}

function State({ state }: { readonly state: keyof typeof COLOURS }) {
  const { t } = useTranslation('tenant');
  return (
    <Badge color={COLOURS[state]} variant="light" size="sm" tt="none">
      {t(`webhooks.states.${state}`)}
    </Badge>
  );
}

function DeliveryDetails({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const queries = useQueryClient();
  const mayReplay = useMay('replayWebhookDelivery');
  const read = useQuery({
    queryKey: ['tenant', tenant, 'webhooks', 'delivery', id],
    queryFn: async ({ signal }) => (await client.getWebhookDelivery({ params: { id }, signal })).data,
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? ATTEMPT_MS : false),
  });
  const replay = useMutation({
    mutationFn: () => client.replayWebhookDelivery({ params: { id } }),
    onSuccess: () => notifications.show({ message: t('webhooks.replayed') }),
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'webhooks'] }),
  });
  if (read.isError) return <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />;
  if (read.data === undefined) return <Loader role="img" aria-label={t('loading')} />;
  return (
    <Stack>
      <Group justify="space-between">
        <State state={read.data.state} />
        {mayReplay && (
          <Writing>
            <Button size="xs" leftSection={<RotateCw aria-hidden size={14} />} loading={replay.isPending} onClick={() => replay.mutate()}>
              {t('webhooks.replay')}
            </Button>
          </Writing>
        )}
      </Group>
      <Text size="sm">{read.data.eventType}</Text>
      <Code>{read.data.subject}</Code>
      {read.data.nextAttemptAt !== null && (
        <Text size="sm">{t('webhooks.nextAttempt', { at: format.instant(read.data.nextAttemptAt) })}</Text>
      )}
      {read.data.attemptLog.map((attempt) => (
        <Card withBorder key={attempt.number}>
          <Group justify="space-between">
            <Text size="sm" fw={600}>
              {t('webhooks.attempt', { number: attempt.number })}: {attempt.outcome} {attempt.status ?? ''}
            </Text>
            <Text size="xs" c="dimmed">
              {format.instant(attempt.startedAt)} · {format.number(attempt.durationMs)} ms
            </Text>
          </Group>
          {attempt.answer !== null && attempt.answer !== '' && <Code block>{attempt.answer}</Code>}
        </Card>
      ))}
    </Stack>
  );
}
