import { Button, Group, Progress, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantChange, TenantChangeRequest, TenantRow } from '../../../platform/platform-view-questions.ts';
import { useEnvironments } from '../../app/environments.ts';
import { Dialog } from '../../kit/dialog.tsx';
import { VirtualTable } from '../../kit/virtual-table.tsx';
import { FailureNote } from '../failure-note.tsx';
import { needsReason } from '../tenant/offered-changes.ts';
import { classesQuery } from '../tenant/tenant-queries.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { type BulkOutcome, bulkOutcomes } from './bulk-outcomes.ts';

export const BULK_KINDS = ['suspend', 'resume', 'class', 'label'] as const satisfies readonly TenantChange['kind'][];
export type BulkKind = (typeof BULK_KINDS)[number];

interface TenantBulkDialogProps {
  readonly kind: BulkKind;
  readonly targets: readonly TenantRow[];
  /** @param left names of those it was not done to; undefined when nothing was done at all */
  readonly onClose: (left: readonly string[] | undefined) => void;
}

type Outcomes = ReadonlyMap<string, BulkOutcome>;

/** One change of many tenants: what and why, what the API server says of each, then it is done to those that it allows. */
export function TenantBulkDialog({ kind, targets, onClose }: TenantBulkDialogProps) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const [values, setValues] = useState({ class: null as string | null, key: '', value: '', reason: '' });
  const [outcomes, setOutcomes] = useState<Outcomes>(new Map());
  const change = changeOf(kind, values);
  const isMissing = change === undefined || (needsReason(kind) && values.reason.trim() === '');

  const tell = (name: string, outcome: BulkOutcome) => setOutcomes((before) => new Map(before).set(name, outcome));
  const run = (question: 'tenants.preview' | 'tenants.change', some: readonly TenantRow[], wished: TenantChange) => {
    setOutcomes(new Map());
    const request = ({ name, uid }: TenantRow): TenantChangeRequest => ({
      name,
      uid,
      change: wished,
      reason: values.reason.trim(),
      takeOver: false,
    });
    return bulkOutcomes(some, (row) => access.ask(question, request(row)), tell);
  };
  const review = useMutation({ mutationFn: (wished: TenantChange) => run('tenants.preview', targets, wished) });
  const allowed = targets.filter(({ name }) => isChange(review.data?.get(name)));
  const act = useMutation({
    mutationFn: (wished: TenantChange) => run('tenants.change', allowed, wished),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['platform', 'tenant'] }),
  });
  const isBusy = review.isPending || act.isPending;
  const set = (next: Partial<typeof values>) => {
    setValues((before) => ({ ...before, ...next }));
    setOutcomes(new Map());
    review.reset();
    act.reset();
  };
  const shown = act.isPending || act.data !== undefined ? allowed : targets;
  const close = () => {
    if (isBusy) return;
    const left = act.data && targets.filter(({ name }) => act.data.get(name)?.kind !== 'allowed' && !isNothing(review.data?.get(name)));
    onClose(left?.map(({ name }) => name));
  };
  return (
    <Dialog
      onClose={close}
      title={t('bulk.heading', { count: targets.length, action: t(kind === 'label' ? 'bulk.label' : `change.${kind}.action`) })}
      size="lg"
      closeButtonProps={{ 'aria-label': t('change.close') }}
    >
      <Stack gap="md">
        {act.data === undefined && !act.isPending && <Inputs kind={kind} values={values} onChange={set} />}
        {isBusy && (
          <Stack gap={4}>
            <Progress value={(100 * outcomes.size) / Math.max(1, shown.length)} aria-label={t('bulk.progress')} />
            <Text size="sm" role="status">
              {t('bulk.soFar', { done: outcomes.size, all: shown.length })}
            </Text>
          </Stack>
        )}
        {outcomes.size > 0 && <Results rows={shown} outcomes={outcomes} isDone={act.isPending || act.data !== undefined} />}
        {act.data !== undefined ? (
          <Group justify="space-between">
            <Text size="sm" role="status">
              {t('bulk.done', { count: [...act.data.values()].filter(({ kind: became }) => became === 'allowed').length })}
            </Text>
            <Button onClick={close}>{t('change.close')}</Button>
          </Group>
        ) : review.data !== undefined && change !== undefined && allowed.length > 0 ? (
          <Confirm count={allowed.length} isBusy={act.isPending} onConfirm={() => act.mutate(change)} onCancel={close} />
        ) : (
          <Group justify="flex-end">
            <Button variant="default" disabled={isBusy} onClick={close}>
              {t('change.cancel')}
            </Button>
            <Button disabled={isMissing} loading={review.isPending} onClick={() => change && review.mutate(change)}>
              {t('change.review')}
            </Button>
          </Group>
        )}
        {isMissing && (
          <Text size="xs" c="dimmed" ta="end">
            {t(change === undefined ? 'change.chooseFirst' : 'change.reasonFirst')}
          </Text>
        )}
      </Stack>
    </Dialog>
  );
}

interface Values {
  readonly class: string | null;
  readonly key: string;
  readonly value: string;
  readonly reason: string;
}

function Inputs(props: { readonly kind: BulkKind; readonly values: Values; readonly onChange: (next: Partial<Values>) => void }) {
  const { t } = useTranslation('platform');
  const { kind, values, onChange } = props;
  const { data: classes = [], error, refetch } = useQuery({ ...classesQuery(usePlatformView()), enabled: kind === 'class' });
  return (
    <>
      <Text size="sm">{kind === 'label' ? t('bulk.labelWhat') : t(`change.${kind}.what`)}</Text>
      {kind === 'class' && error !== null && <FailureNote error={error} onRetry={() => void refetch()} />}
      {kind === 'class' && (
        <Select
          label={t('column.class')}
          data={classes.map(({ name }) => name)}
          value={values.class}
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
          onChange={(chosen) => onChange({ class: chosen })}
        />
      )}
      {kind === 'label' && (
        <Group grow align="flex-start">
          <TextInput
            label={t('bulk.labelKey')}
            dir="ltr"
            maxLength={317}
            autoComplete="off"
            spellCheck={false}
            value={values.key}
            onChange={(event) => onChange({ key: event.currentTarget.value })}
          />
          <TextInput
            label={t('bulk.labelValue')}
            description={t('bulk.labelHint')}
            inputWrapperOrder={['label', 'input', 'description']}
            dir="ltr"
            maxLength={63}
            autoComplete="off"
            spellCheck={false}
            value={values.value}
            onChange={(event) => onChange({ value: event.currentTarget.value })}
          />
        </Group>
      )}
      <Textarea
        label={t('change.reason')}
        description={t(kind === 'suspend' ? 'change.reasonShown' : 'change.reasonKept')}
        required={kind === 'suspend'}
        maxLength={256}
        value={values.reason}
        onChange={(event) => onChange({ reason: event.currentTarget.value })}
      />
    </>
  );
}

function Results({
  rows,
  outcomes,
  isDone,
}: {
  readonly rows: readonly TenantRow[];
  readonly outcomes: Outcomes;
  readonly isDone: boolean;
}) {
  const { t } = useTranslation('platform');
  const words = (outcome: BulkOutcome | undefined): string => {
    if (outcome === undefined) return '…';
    if (outcome.kind === 'refused') return outcome.why;
    if (outcome.kind === 'owned') return t('change.keptBy', { manager: outcome.managers.join(', ') });
    if (outcome.fields === 0) return t('review.nothing');
    return isDone ? t('bulk.changed', { count: outcome.fields }) : t('bulk.wouldChange', { count: outcome.fields });
  };
  return (
    <div style={{ height: Math.min(320, 56 + 40 * rows.length), minHeight: 0 }}>
      <VirtualTable
        label={t('bulk.results')}
        columns={[
          { id: 'name', header: t('column.name'), width: 'minmax(140px, 1fr)', cell: ({ name }: TenantRow) => name },
          {
            id: 'result',
            header: t('bulk.result'),
            width: 'minmax(240px, 3fr)',
            cell: ({ name }: TenantRow) => {
              const text = words(outcomes.get(name));
              return (
                <span dir="auto" title={text} data-outcome={outcomes.get(name)?.kind}>
                  {text}
                </span>
              );
            },
          },
        ]}
        rowCount={rows.length}
        rowAt={(index) => rows[index]}
        rowId={({ name }) => name}
      />
    </div>
  );
}

/** In production nobody changes many by a click too many: the number is typed. */
function Confirm(props: {
  readonly count: number;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTranslation('platform');
  const { current } = useEnvironments();
  const [typed, setTyped] = useState('');
  const asksCount = current?.kind === 'production';
  return (
    <Stack gap="xs">
      {asksCount && (
        <TextInput
          label={t('bulk.typeNumber', { number: props.count })}
          inputMode="numeric"
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" disabled={props.isBusy} onClick={props.onCancel}>
          {t('change.cancel')}
        </Button>
        <Button disabled={asksCount && typed.trim() !== `${props.count}`} loading={props.isBusy} onClick={props.onConfirm}>
          {t('bulk.confirm', { count: props.count })}
        </Button>
      </Group>
    </Stack>
  );
}

/** Undefined while something of it is not chosen. */
function changeOf(kind: BulkKind, { class: chosen, key, value }: Values): TenantChange | undefined {
  if (kind === 'class') return chosen === null ? undefined : { kind, class: chosen };
  if (kind === 'label') return key.trim() === '' ? undefined : { kind, key: key.trim(), value: value.trim() === '' ? null : value.trim() };
  return { kind };
}

const isChange = (outcome: BulkOutcome | undefined): boolean => outcome?.kind === 'allowed' && outcome.fields > 0;
const isNothing = (outcome: BulkOutcome | undefined): boolean => outcome?.kind === 'allowed' && outcome.fields === 0;
