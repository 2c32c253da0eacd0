import { ActionIcon, Badge, Code, CopyButton, Drawer, Group, Stack, Text, Tooltip } from '@mantine/core';
import { Check, Terminal } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import { asCurl, type LoggedRequest, requestLog } from './request-log.ts';

/** What this window has asked the api, for the person who looks for a fault: how it went, how long it took, and how to find it on the servers. */
export function RequestDrawer({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const { t } = useTranslation();
  const requests = useSyncExternalStore(requestLog.subscribe, requestLog.read);
  return (
    <Drawer opened={isOpen} onClose={close} position="right" size="lg" title={t('requests.title')}>
      <Stack gap="xs" component="ul" p={0} m={0} aria-label={t('requests.title')}>
        {requests.map((request) => (
          <Request key={request.id} request={request} />
        ))}
      </Stack>
      {requests.length === 0 && <Text c="dimmed">{t('requests.none')}</Text>}
    </Drawer>
  );
}

function Request({ request }: { readonly request: LoggedRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { method, path, status, milliseconds, traceId, at } = request;
  return (
    <Group component="li" gap="xs" wrap="nowrap" align="flex-start" style={{ listStyle: 'none' }}>
      <Badge variant="light" color={colourOf(status)} miw={52} style={{ flexShrink: 0 }}>
        {status === undefined ? '…' : status === 0 ? t('requests.noAnswer') : status}
      </Badge>
      <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {method} {path}
        </Text>
        <Text size="xs" c="dimmed">
          {format.instant(new Date(at).toISOString())}
          {milliseconds !== undefined && ` · ${t('requests.took', { milliseconds })}`}
        </Text>
        {traceId !== undefined && <Code style={{ overflowWrap: 'anywhere' }}>{traceId}</Code>}
      </Stack>
      <CopyButton value={asCurl(request)}>
        {({ copied, copy }) => (
          <Tooltip label={t('requests.copyCurl')}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={t('requests.copyCurl')}>
              {copied ? <Check aria-hidden size={16} /> : <Terminal aria-hidden size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

function colourOf(status: number | undefined): string {
  if (status === undefined) return 'gray';
  if (status === 0 || status >= 500) return 'red';
  return status >= 400 ? 'orange' : 'teal';
}
