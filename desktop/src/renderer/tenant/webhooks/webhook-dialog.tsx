import { Button, Group, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ProblemError } from '@tenantry/contracts';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

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
  const key = useRef(crypto.randomUUID());
  const [typed, setTyped] = useState({ url: 'https://', description: '', types: ['*'], ordered: false });
  const create = useMutation({
    mutationFn: async () => (await client.createWebhookEndpoint({ body: typed, idempotencyKey: key.current })).data.secret,
    onSuccess: (secret) => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'webhooks'] });
      onCreated(secret);
    },
    onError: (error) => {
      if (error instanceof ProblemError) key.current = crypto.randomUUID();
    },
  });
  return (
    <Dialog onClose={onClose} title={t('webhooks.new')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
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
          {create.isError && <ProblemNotice error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" loading={create.isPending} disabled={typed.types.length === 0}>
                {t('webhooks.create')}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
