import { Badge, Button, Card, Group, Loader, Menu, Stack, Tabs, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { WebhookEndpoint } from '@tenantry/contracts';
import { ChevronDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { LiveBadge } from '../live/live-badge.tsx';
import { useMay } from '../tenant-access.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { useWebhookEndpoints } from './endpoint-queries.ts';
import { WebhookDeliveries } from './webhook-deliveries.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

const route = getRouteApi('/tenants/$tenant/webhooks');

/** Where the tenant's events are sent, and what became of each. */
export function WebhooksScreen() {
  const { t } = useTranslation('tenant');
  const { tab = 'endpoints' } = route.useSearch();
  const navigate = route.useNavigate();
  const mayChange = useMay('createWebhookEndpoint');
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>();
  return (
    <Screen
      fill
      title={t('webhooks.title')}
      description={<LiveBadge />}
      actions={
        mayChange && (
          <Writing>
            <Button leftSection={<Plus aria-hidden size={16} />} onClick={() => setCreating(true)}>
              {t('webhooks.new')}
            </Button>
          </Writing>
        )
      }
    >
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => void navigate({ search: { tab: next === 'deliveries' ? 'deliveries' : 'endpoints' } })}
        style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}
      >
        <Tabs.List>
          <Tabs.Tab value="endpoints">{t('webhooks.endpoints')}</Tabs.Tab>
          <Tabs.Tab value="deliveries">{t('webhooks.deliveries')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="endpoints" pt="md">
          <Endpoints onSecret={setSecret} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries" pt="md" style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
          <WebhookDeliveries />
        </Tabs.Panel>
      </Tabs>
      {creating && (
        <WebhookDialog
          onClose={() => setCreating(false)}
          onCreated={(made) => {
            setCreating(false);
            setSecret(made);
          }}
        />
      )}
      {secret !== undefined && (
        <SecretDialog
          title={t('webhooks.secret')}
          hint={t('webhooks.secretOnce')}
          values={secret === null ? null : [[t('webhooks.secret'), secret]]}
          onClose={() => setSecret(undefined)}
        />
      )}
    </Screen>
  );
}

function Endpoints({ onSecret }: { readonly onSecret: (secret: string | null) => void }) {
  const { t } = useTranslation('tenant');
  const list = useWebhookEndpoints();
  if (list.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (list.isError) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) return <EmptyNotice title={t('webhooks.none')} hint={t('webhooks.noneHint')} />;
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} maw={900}>
      {list.data.map((endpoint) => (
        <li key={endpoint.id}>
          <Endpoint endpoint={endpoint} onSecret={onSecret} />
        </li>
      ))}
    </Stack>
  );
}

function Endpoint({ endpoint, onSecret }: { readonly endpoint: WebhookEndpoint; readonly onSecret: (secret: string | null) => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const queries = useQueryClient();
  const mayChange = useMay('updateWebhookEndpoint');
  const [removing, setRemoving] = useState(false);
  const { id, status } = endpoint;
  const params = { id };
  const ifMatch = `"${endpoint.version}"`;
  const readAnew = () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'webhooks'] });
  const act = useMutation({
    mutationFn: async (what: 'test' | 'rotate' | 'recover' | 'switch'): Promise<string | undefined> => {
      if (what === 'rotate') onSecret((await client.rotateWebhookSecret({ params })).data.secret);
      if (what === 'switch')
        await client.updateWebhookEndpoint({ params, ifMatch, body: { status: status === 'enabled' ? 'disabled' : 'enabled' } });
      if (what === 'test') {
        await client.testWebhookEndpoint({ params });
        return t('webhooks.testSent');
      }
      if (what !== 'recover') return undefined;
      const since = endpoint.failingSince ?? new Date(Date.now() - 86_400_000).toISOString();
      const { data } = await client.recoverWebhookEndpoint({ params, body: { since } });
      return t('webhooks.recovered', { number: format.number(data.deliveries) });
    },
    onSuccess: (message) => message !== undefined && notifications.show({ message }),
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
    onSettled: readAnew,
  });
  const remove = useMutation({ mutationFn: () => client.deleteWebhookEndpoint({ params, ifMatch }), onSettled: readAnew });
  return (
    <Card withBorder>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              {endpoint.url}
            </Text>
            <Badge color={status === 'enabled' ? 'teal' : 'gray'} variant="light" tt="none">
              {t(`webhooks.status.${status}`)}
            </Badge>
            {endpoint.failingSince !== null && (
              <Badge color="red" variant="light" tt="none">
                {t('webhooks.failingSince', { at: format.instant(endpoint.failingSince) })}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {[endpoint.description, endpoint.types.join(', ')].filter((text) => text !== '').join(' · ')}
          </Text>
        </div>
        {mayChange && (
          <Writing>
            {' '}
            <Menu withinPortal position="bottom-end">
              <Menu.Target>
                <Button size="xs" variant="default" loading={act.isPending} rightSection={<ChevronDown aria-hidden size={14} />}>
                  {t('customer.more')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => act.mutate('test')}>{t('webhooks.test')}</Menu.Item>
                {status === 'enabled' && <Menu.Item onClick={() => act.mutate('recover')}>{t('webhooks.recover')}</Menu.Item>}
                <Menu.Item onClick={() => act.mutate('switch')}>
                  {t(status === 'enabled' ? 'webhooks.disable' : 'webhooks.enable')}
                </Menu.Item>
                <Menu.Item onClick={() => act.mutate('rotate')}>{t('webhooks.rotate')}</Menu.Item>
                <Menu.Divider />
                <Menu.Item color="var(--mantine-color-error)" onClick={() => setRemoving(true)}>
                  {t('webhooks.delete')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Writing>
        )}
      </Group>
      {removing && (
        <ConfirmDialog
          title={t('webhooks.deleteEndpoint')}
          hint={t('webhooks.deleteHint', { url: endpoint.url })}
          action={remove}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        />
      )}
    </Card>
  );
}
