import { Badge, Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Customer, DuplicatePair } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { MergeCustomersDialog } from './merge-customers-dialog.tsx';

/** Customers that look like one, pair by pair: make them one, or say that they are two. */
export function DuplicatesScreen() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const mayMerge = useMay('mergeCustomer', 'dismissDuplicate');
  const [merging, setMerging] = useState<DuplicatePair>();
  const key = ['tenant', tenant, 'duplicates'];
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) =>
      (await client.listDuplicates({ query: { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) }, signal })).data,
    getNextPageParam: (last) => last.page.next,
  });
  const dismiss = useMutation({
    mutationFn: ({ customers }: DuplicatePair) =>
      client.dismissDuplicate({ body: { ids: customers.map(({ id }) => id) }, idempotencyKey: crypto.randomUUID() }),
    onError: (error) => notifications.show({ color: 'red', title: t('duplicates.notDismissed'), message: error.message }),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
  const pairs = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Screen title={t('duplicates.title')} description={t('duplicates.about')}>
      {list.isPending && <Loader mx="auto" role="img" aria-label={t('loading')} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && pairs.length === 0 && !list.hasNextPage && (
        <EmptyNotice title={t('duplicates.none')} hint={t('duplicates.noneHint')} />
      )}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} maw={1000}>
        {pairs.map((pair) => (
          <li key={pair.customers.map(({ id }) => id).join()}>
            <Pair pair={pair} mayMerge={mayMerge} onMerge={() => setMerging(pair)} onDismiss={() => dismiss.mutate(pair)} />
          </li>
        ))}
      </Stack>
      {list.hasNextPage && (
        <Group>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('duplicates.lookFurther')}
          </Button>
        </Group>
      )}
      {merging !== undefined && <MergeCustomersDialog pair={merging} onClose={() => setMerging(undefined)} />}
    </Screen>
  );
}

function Pair(props: {
  readonly pair: DuplicatePair;
  readonly mayMerge: boolean;
  readonly onMerge: () => void;
  readonly onDismiss: () => void;
}) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { score, reasons, customers } = props.pair;
  return (
    <Card withBorder>
      <Group justify="space-between" align="flex-start">
        <Stack gap="xs">
          {customers.map((customer) => (
            <CustomerLine key={customer.id} customer={customer} />
          ))}
          <Group gap="xs">
            <Badge variant="light" tt="none">
              {t('duplicates.likely', { share: format.percent(score) })}
            </Badge>
            {reasons.map(({ kind }) => (
              <Badge key={kind} variant="default" tt="none">
                {t(`duplicates.reasons.${kind}`)}
              </Badge>
            ))}
          </Group>
        </Stack>
        {props.mayMerge && (
          <Writing>
            <Group gap="xs">
              <Button size="xs" onClick={props.onMerge}>
                {t('duplicates.merge')}
              </Button>
              <Button size="xs" variant="default" onClick={props.onDismiss}>
                {t('duplicates.dismiss')}
              </Button>
            </Group>
          </Writing>
        )}
      </Group>
    </Card>
  );
}

function CustomerLine({ customer }: { readonly customer: Customer }) {
  const { tenant } = useTenantApi();
  return (
    <Group gap="sm">
      <Link to="/tenants/$tenant/customers/$customerId" params={{ tenant, customerId: customer.id }}>
        {customer.name}
      </Link>
      <Text size="sm" c="dimmed">
        {[customer.email, customer.phone, customer.externalId].filter((text) => text !== null).join(' · ')}
      </Text>
    </Group>
  );
}
