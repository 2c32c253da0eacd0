import { Button, Group, NumberInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantChange, TenantChangeRequest, TenantReading } from '../../../platform/platform-view-questions.ts';
import { useEnvironments } from '../../app/environments.ts';
import { Dialog } from '../../kit/dialog.tsx';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import { type ChangeKind, needsName, needsReason } from './offered-changes.ts';
import { ReviewOutcome } from './review-outcome.tsx';
import { classesQuery } from './tenant-queries.ts';

interface ChangeDialogProps {
  readonly tenant: TenantReading;
  readonly kind: ChangeKind;
  readonly onClose: () => void;
}

/** One change: what and why, then what the API server says it would do, then it is done. */
export function ChangeDialog({ tenant, kind, onClose }: ChangeDialogProps) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const [chosenClass, setChosenClass] = useState<string | null>(null);
  const [replicas, setReplicas] = useState(tenant.spec.workload.replicas ?? 1);
  const [reason, setReason] = useState('');
  const [takeOver, setTakeOver] = useState(false);
  const change = changeOf(kind, { chosenClass, replicas, isProtected: tenant.spec.deletionProtection });
  const request = change && { name: tenant.name, uid: tenant.uid, change, reason: reason.trim(), takeOver };

  const review = useMutation({ mutationFn: (asked: TenantChangeRequest) => access.ask('tenants.preview', asked) });
  const act = useMutation({
    mutationFn: (asked: TenantChangeRequest) => access.ask('tenants.change', asked),
    onSuccess: async ({ verdict }) => {
      if (verdict !== 'allowed') return;
      notifications.show({ color: 'green', message: t(`change.${kind}.done`, { name: tenant.name }) });
      onClose();
      await queries.invalidateQueries({ queryKey: ['platform', 'tenant', tenant.name] });
    },
  });
  const isMissing = request === undefined || (needsReason(kind) && request.reason === '');
  // Between review and doing somebody may have been faster: what the server said last counts.
  const preview = act.data ?? review.data;
  const again = (next: () => void) => {
    next();
    review.reset();
    act.reset();
  };
  return (
    <Dialog
      onClose={onClose}
      title={t(`change.${kind}.title`, { name: tenant.name })}
      size="lg"
      closeButtonProps={{ 'aria-label': t('change.close') }}
    >
      <Stack gap="md">
        <Text size="sm">
          {kind === 'delete'
            ? t(`change.delete.${consequence(tenant)}`, { grace: tenant.spec.deletionGracePeriod })
            : t(`change.${kind}.what`)}
        </Text>
        {kind === 'class' && (
          <ClassChoice current={tenant.spec.classRef.name} value={chosenClass} onChange={(value) => again(() => setChosenClass(value))} />
        )}
        {kind === 'scale' && (
          <NumberInput
            label={t('change.scale.replicas')}
            min={0}
            max={200}
            allowDecimal={false}
            value={replicas}
            onChange={(value) => again(() => setReplicas(typeof value === 'number' ? value : 0))}
          />
        )}
        <Textarea
          label={t('change.reason')}
          description={t(kind === 'suspend' || kind === 'readOnly' ? 'change.reasonShown' : 'change.reasonKept')}
          required={needsReason(kind)}
          maxLength={256}
          value={reason}
          onChange={(event) => {
            const { value } = event.currentTarget;
            again(() => setReason(value));
          }}
        />
        <ReviewOutcome
          preview={preview}
          error={review.error ?? act.error}
          takeOver={takeOver}
          onTakeOver={(checked) => again(() => setTakeOver(checked))}
        />
        {preview?.verdict === 'allowed' && request !== undefined ? (
          <Confirm tenant={tenant} kind={kind} isBusy={act.isPending} onConfirm={() => act.mutate(request)} onClose={onClose} />
        ) : (
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('change.cancel')}
            </Button>
            <Button disabled={isMissing} loading={review.isPending} onClick={() => request && review.mutate(request)}>
              {t('change.review')}
            </Button>
          </Group>
        )}
        {isMissing && (
          <Text size="xs" c="dimmed" ta="end">
            {t(request === undefined ? 'change.chooseFirst' : 'change.reasonFirst')}
          </Text>
        )}
      </Stack>
    </Dialog>
  );
}

function Confirm(props: ChangeDialogProps & { readonly isBusy: boolean; readonly onConfirm: () => void }) {
  const { t } = useTranslation('platform');
  const { current } = useEnvironments();
  const [typed, setTyped] = useState('');
  const { tenant, kind } = props;
  const asksName = needsName(kind, current?.kind === 'production');
  const isRight = !asksName || typed === tenant.name;
  return (
    <Stack gap="xs">
      {asksName && (
        <TextInput
          label={t('change.typeName', { name: tenant.name })}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose}>
          {t('change.cancel')}
        </Button>
        <Button disabled={!isRight} loading={props.isBusy} onClick={props.onConfirm} {...(kind === 'delete' ? { color: 'red' } : {})}>
          {t('change.confirm', { name: tenant.name })}
        </Button>
      </Group>
    </Stack>
  );
}

function ClassChoice(props: {
  readonly current: string;
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
}) {
  const { t } = useTranslation('platform');
  const { data: classes = [], error, refetch } = useQuery(classesQuery(usePlatformView()));
  if (error !== null) return <FailureNote error={error} onRetry={() => void refetch()} />;
  const chosen = classes.find(({ name }) => name === props.value);
  return (
    <Select
      label={t('change.class.choose', { current: props.current })}
      data={classes.filter(({ name }) => name !== props.current).map(({ name }) => name)}
      value={props.value}
      onChange={props.onChange}
      allowDeselect={false}
      comboboxProps={{ withinPortal: true }}
      {...(chosen?.spec.description === undefined ? {} : { description: chosen.spec.description })}
    />
  );
}

/** Undefined while something of it is not chosen. */
function changeOf(
  kind: ChangeKind,
  { chosenClass, replicas, isProtected }: { readonly chosenClass: string | null; readonly replicas: number; readonly isProtected: boolean },
): TenantChange | undefined {
  if (kind === 'class') return chosenClass === null ? undefined : { kind, class: chosenClass };
  if (kind === 'scale') return { kind, replicas };
  if (kind === 'protect') return { kind, on: !isProtected };
  return { kind };
}

/** What becomes of the data: a protected tenant's is kept whatever its policy says. */
function consequence({ spec }: TenantReading): 'retain' | 'snapshot' | 'destroy' {
  if (spec.deletionProtection || spec.deletionPolicy === 'Retain') return 'retain';
  return spec.deletionPolicy === 'Snapshot' ? 'snapshot' : 'destroy';
}
