import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantEditRequest, TenantReading } from '../../../platform/platform-view-questions.ts';
import { useEnvironments } from '../../app/environments.ts';
import { manifestOf } from '../create/tenant-manifest.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { manifestText } from './manifest-text.ts';
import { ReviewOutcome } from './review-outcome.tsx';

/**
 * A tenant edited as text: what the API server says of it, then it is done. Only what was changed is applied, so that every other field stays whose it is.
 * @param tenant as it was when the edit began
 */
export function ManifestEditor({ tenant, onClose }: { readonly tenant: TenantReading; readonly onClose: () => void }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const { current } = useEnvironments();
  const [text, setText] = useState(() => manifestText(tenant.manifest, tenant.owners, (manager) => t('change.keptBy', { manager })));
  const [reason, setReason] = useState('');
  const [takeOver, setTakeOver] = useState(false);
  const [typed, setTyped] = useState('');
  const { name, uid, manifest: seen } = tenant;
  const written = manifestOf(text);
  const problem = 'problem' in written ? written.problem : written.metadata.name === name ? undefined : t('edit.otherName', { name });
  const request: TenantEditRequest | undefined =
    problem === undefined ? { name, uid, seen, manifest: written, reason: reason.trim(), takeOver } : undefined;

  const review = useMutation({ mutationFn: (asked: TenantEditRequest) => access.ask('tenants.previewEdit', asked) });
  const act = useMutation({
    mutationFn: (asked: TenantEditRequest) => access.ask('tenants.edit', asked),
    onSuccess: async ({ verdict }) => {
      if (verdict !== 'allowed') return;
      notifications.show({ color: 'green', message: t('edit.done', { name }) });
      onClose();
      await queries.invalidateQueries({ queryKey: ['platform', 'tenant', name] });
    },
  });
  const preview = act.data ?? review.data;
  const again = (next: () => void) => {
    next();
    setTyped('');
    review.reset();
    act.reset();
  };
  const asksName = current?.kind === 'production';
  const canSave = preview?.verdict === 'allowed' && preview.changes.length > 0;
  return (
    <Stack gap="md">
      <Textarea
        label={t('tab.manifest')}
        description={t('edit.what')}
        autosize
        minRows={14}
        maxRows={40}
        dir="ltr"
        spellCheck={false}
        data-autofocus
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={text}
        error={problem}
        onChange={(event) => {
          const { value } = event.currentTarget;
          again(() => setText(value));
        }}
      />
      <TextInput
        label={t('change.reason')}
        description={t('change.reasonKept')}
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
      {canSave && asksName && (
        <TextInput
          label={t('change.typeName', { name })}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('change.cancel')}
        </Button>
        {canSave ? (
          <Button disabled={asksName && typed !== name} loading={act.isPending} onClick={() => request && act.mutate(request)}>
            {t('change.confirm', { name })}
          </Button>
        ) : (
          <Button disabled={request === undefined} loading={review.isPending} onClick={() => request && review.mutate(request)}>
            {t('change.review')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
