import { Button, Group, Menu, Radio, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useMe } from '../../app/use-me.ts';
import { useWriting } from '../../app/writing.tsx';
import { useMay } from '../tenant-access.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { ATTRIBUTE_PREFIX } from './attribute-fields.ts';
import { type CustomerListState, parseListState, viewQuery } from './customer-list-state.ts';

interface SavedViewsProps {
  readonly state: CustomerListState;
  readonly onChange: (state: CustomerListState) => void;
}

/** Queries worth keeping: kept by the API, so that they are there on every machine and can be shared. */
export function SavedViews({ state, onChange }: SavedViewsProps) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const me = useMe(tenant);
  const maySave = useMay('createView');
  const writing = useWriting();
  const [saving, setSaving] = useState(false);
  const views = useQuery({
    queryKey: ['tenant', tenant, 'views'],
    queryFn: async ({ signal }) =>
      (await client.listViews({ query: { limit: 200 }, filter: { resource: 'customers' }, signal })).data.items,
  });
  const remove = useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) => client.deleteView({ params: { id }, ifMatch: `"${version}"` }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'views'] }),
    onError: (error) => notifications.show({ color: 'red', title: t('views.notDeleted'), message: error.message }),
  });
  const current = viewQuery(state);
  const sameAs = (query: string) => viewQuery(parseListState(new URLSearchParams(query))) === current;
  const chosen = views.data?.find(({ query }) => sameAs(query ?? ''));
  return (
    <>
      <Menu position="bottom-start" withinPortal width={280}>
        <Menu.Target>
          <Button variant="default" leftSection={<Bookmark aria-hidden size={16} />}>
            {chosen?.name ?? t('views.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChange(parseListState(new URLSearchParams()))}>{t('views.all')}</Menu.Item>
          {(views.data ?? []).map((view) => (
            <Group key={view.id} gap={0} wrap="nowrap">
              <Menu.Item
                style={{ flex: 1, minWidth: 0 }}
                aria-current={view === chosen || undefined}
                rightSection={view.visibility === 'shared' ? <Users size={14} aria-label={t('views.shared')} /> : null}
                onClick={() => onChange(parseListState(new URLSearchParams(view.query)))}
              >
                {view.name}
              </Menu.Item>
              {(view.owner === me?.subject || me?.roles.includes('admin') === true) && maySave && (
                <Menu.Item
                  {...writing}
                  w={40}
                  aria-label={t('views.delete', { name: view.name })}
                  onClick={() => remove.mutate({ id: view.id, version: view.version ?? 1 })}
                >
                  <Trash2 aria-hidden size={14} />
                </Menu.Item>
              )}
            </Group>
          ))}
          {views.isError && <ProblemNotice error={views.error} onRetry={() => void views.refetch()} />}
          {maySave && (
            <>
              <Menu.Divider />
              <Menu.Item {...writing} disabled={writing.disabled || current === ''} onClick={() => setSaving(true)}>
                {t('views.save')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {saving && (
        <SaveViewDialog
          query={current}
          hasAttributes={state.columns.some((name) => name.startsWith(ATTRIBUTE_PREFIX))}
          onClose={() => setSaving(false)}
        />
      )}
    </>
  );
}

function SaveViewDialog(props: { readonly query: string; readonly hasAttributes: boolean; readonly onClose: () => void }) {
  const { query, hasAttributes, onClose } = props;
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [visibility, setVisibility] = useState<'private' | 'shared'>('private');
  const key = useIdempotencyKey();
  const save = useMutation({
    mutationFn: () =>
      client.createView({ body: { name: name.trim(), resource: 'customers', query, visibility }, idempotencyKey: key.value }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['tenant', tenant, 'views'] });
      onClose();
    },
    onError: key.failed,
  });
  return (
    <FormDialog
      onClose={onClose}
      title={t('views.save')}
      submit={t('save')}
      action={save}
      isReady={name.trim() !== ''}
      onSubmit={() => save.mutate()}
    >
      <TextInput
        label={t('views.name')}
        value={name}
        maxLength={100}
        required
        data-autofocus
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Radio.Group label={t('views.whoSees')} value={visibility} onChange={(value) => setVisibility(value as 'private')}>
        <Stack gap={4} mt={4}>
          <Radio value="private" label={t('views.private')} />
          <Radio value="shared" label={t('views.shared')} />
        </Stack>
      </Radio.Group>
      {hasAttributes && (
        <Text size="sm" c="dimmed">
          {t('views.attributesHint')}
        </Text>
      )}
    </FormDialog>
  );
}
