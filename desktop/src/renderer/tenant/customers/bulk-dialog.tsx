import { Alert, Button, Group, List, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { type BulkChange, type BulkOutcome, changeMany } from './bulk-change.ts';
import { BULK_SHOWN_MS, type BulkAsked, bulkKey, noteBulkProgress, useBulkProgress } from './bulk-runs.ts';
import type { CustomerListState } from './customer-list-state.ts';
import { allCustomers } from './customer-queries.ts';
import type { Selection } from './use-selection.ts';

export type BulkKind = BulkChange['kind'];

interface BulkDialogProps {
  readonly kind: BulkKind;
  readonly count: number;
  readonly selection: Selection;
  readonly state: CustomerListState;
  readonly onClose: () => void;
}

/** Asks for the value, sends the changes in batches, shows how far it is and can be stopped. Closed, it goes on in the activity centre. Those refused stay selected. */
export function BulkDialog({ kind, count, selection, state, onClose }: BulkDialogProps) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  const [value, setValue] = useState('');
  const { kept } = usePlatform();
  const change = bulkChange(kind, value);
  const run = useMutation({
    mutationKey: bulkKey(tenant),
    gcTime: BULK_SHOWN_MS,
    mutationFn: ({ id, change: asked, stop }: BulkAsked) =>
      changeMany({
        change: asked,
        customers: selection.everything ? allCustomers(client, state, stop.signal) : one([...selection.rows.values()]),
        send: async (items) =>
          (await client.batchCustomers({ body: { items: [...items] }, idempotencyKey: crypto.randomUUID() })).data.results,
        onProgress: (done) => noteBulkProgress(queries, tenant, id, done),
        signal: stop.signal,
      }),
    onSuccess: ({ changed }) =>
      void kept
        ?.tellEnded({ tenant, title: t(`bulk.kinds.${kind}`), body: `${tenant} · ${t('bulk.changed', { count: changed })}` })
        .catch(() => {}),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] }),
  });
  const done = useBulkProgress(run.variables?.id ?? '');
  const begin = (asked: BulkChange) =>
    run.mutate(
      { id: crypto.randomUUID(), change: asked, count, stop: new AbortController() },
      // Only while the dialog is open: later the person may have chosen others.
      { onSuccess: ({ failures }) => selection.keep(failures.map(({ customer }) => customer)) },
    );
  const typed = kind !== 'delete' || value === String(count);
  return (
    <Dialog onClose={onClose} title={t(`bulk.kinds.${kind}`)} closeOnClickOutside={!run.isPending}>
      {run.data === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (change !== undefined && typed) begin(change);
          }}
        >
          <Stack>
            <Text size="sm">{t('bulk.about', { count })}</Text>
            {kind === 'status' && (
              <Select
                label={t('customer.fields.status')}
                data={(['active', 'inactive', 'blocked'] as const).map((status) => ({
                  value: status,
                  label: t(`customer.status.${status}`),
                }))}
                value={value === '' ? null : value}
                onChange={(status) => setValue(status ?? '')}
                data-autofocus
              />
            )}
            {kind === 'segment' && (
              <TextInput
                label={t('customer.fields.segment')}
                description={t('bulk.emptyClears')}
                value={value}
                maxLength={100}
                data-autofocus
                onChange={(event) => setValue(event.currentTarget.value)}
              />
            )}
            {(kind === 'addTag' || kind === 'removeTag') && (
              <TextInput
                label={t('bulk.tag')}
                value={value}
                maxLength={100}
                required
                data-autofocus
                onChange={(event) => setValue(event.currentTarget.value)}
              />
            )}
            {kind === 'delete' && (
              <TextInput
                label={t('bulk.typeCount', { count: format.number(count), plain: count })}
                value={value}
                data-autofocus
                onChange={(event) => setValue(event.currentTarget.value.trim())}
              />
            )}
            {run.isError && <ProblemNotice error={run.error} />}
            {run.isPending && (
              <Stack gap={4}>
                <Progress value={count === 0 ? 0 : (100 * done) / count} aria-label={t('bulk.progress')} animated />
                <Text size="sm" role="status">
                  {t('bulk.doneOf', { done: format.number(done), count: format.number(count) })}
                </Text>
              </Stack>
            )}
            <Group justify="flex-end">
              {run.isPending ? (
                <>
                  <Button variant="default" onClick={() => run.variables.stop.abort()}>
                    {t('bulk.stop')}
                  </Button>
                  <Button onClick={onClose}>{t('bulk.background')}</Button>
                </>
              ) : (
                <>
                  <Button variant="default" onClick={onClose}>
                    {t('cancel')}
                  </Button>
                  <Writing>
                    <Button type="submit" {...(kind === 'delete' ? { color: 'red' } : {})} disabled={change === undefined || !typed}>
                      {t('bulk.run', { count })}
                    </Button>
                  </Writing>
                </>
              )}
            </Group>
          </Stack>
        </form>
      ) : (
        <Outcome outcome={run.data} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Outcome({ outcome, onClose }: { readonly outcome: BulkOutcome; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { changed, unchanged, failures } = outcome;
  return (
    <Stack>
      <Text size="sm" role="status">
        {t('bulk.changed', { count: changed })} {unchanged > 0 && t('bulk.unchanged', { count: unchanged })}
      </Text>
      {failures.length > 0 && (
        <Alert color="red" title={t('bulk.failed', { count: failures.length })}>
          <List size="sm">
            {failures.slice(0, 20).map(({ customer, title, detail }) => (
              <List.Item key={customer.id}>
                <strong>{customer.name}</strong>: {title} ({detail})
              </List.Item>
            ))}
          </List>
          <Text size="sm">{t('bulk.failedStay')}</Text>
        </Alert>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {t('close')}
        </Button>
      </Group>
    </Stack>
  );
}

function bulkChange(kind: BulkKind, value: string): BulkChange | undefined {
  const text = value.trim();
  if (kind === 'delete') return { kind };
  if (kind === 'segment') return { kind, segment: text === '' ? null : text };
  if (text === '') return undefined;
  if (kind === 'status') return { kind, status: text as 'active' };
  return { kind, tag: text };
}

async function* one<Rows>(rows: Rows): AsyncGenerator<Rows> {
  yield rows;
}
