import { Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';

const KNOWN_TYPES = [
  '*',
  'dev.tenantry.customer.*',
  'dev.tenantry.account.*',
  'dev.tenantry.transaction.*',
  'dev.tenantry.report.*',
  'dev.tenantry.import.*',
];

/** A new place to send events to. */
export function WebhookDialog({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: (secret: string | null) => void;
}) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const key = useIdempotencyKey();
  const [typed, setTyped] = useState({ url: 'https://', description: '', types: ['*'], ordered: false });
  const create = useMutation({
    mutationFn: async () => (await client.createWebhookEndpoint({ body: typed, idempotencyKey: key.value })).data.secret,
    onSuccess: (secret) => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'webhooks'] });
      onCreated(secret);
    },
    onError: key.failed,
  });
  return (
    <FormDialog
      onClose={onClose}
      title={t('webhooks.new')}
      submit={t('webhooks.create')}
      action={create}
      isReady={typed.types.length > 0}
      onSubmit={() => create.mutate()}
    >
      <TextInput
        label={t('webhooks.url')}
        description={t('webhooks.urlHint')}
        type="url"
        required
        data-autofocus
        value={typed.url}
        onChange={(event) => setTyped({ ...typed, url: event.currentTarget.value })}
      />
      <TextInput
        label={t('webhooks.description')}
        maxLength={500}
        value={typed.description}
        onChange={(event) => setTyped({ ...typed, description: event.currentTarget.value })}
      />
      <TagsInput
        label={t('webhooks.types')}
        data={KNOWN_TYPES}
        value={typed.types}
        maxTags={50}
        acceptValueOnBlur
        onChange={(types) => setTyped({ ...typed, types })}
      />
      <Switch
        label={t('webhooks.ordered')}
        checked={typed.ordered}
        onChange={(event) => setTyped({ ...typed, ordered: event.currentTarget.checked })}
      />
    </FormDialog>
  );
}
