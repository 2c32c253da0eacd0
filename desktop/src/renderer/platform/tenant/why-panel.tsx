import { ActionIcon, Alert, Code, CopyButton, Group, Stack, Table, Text, Tooltip } from '@mantine/core';
import { Check, CircleAlert, CircleCheck, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ChangeButton } from './change-button.tsx';
import { helpfulChange } from './helpful-change.ts';
import { useNow } from './use-now.ts';

/** Why a tenant is not Ready: which step holds it up, what it last said, when it is tried again, and the one thing that helps. */
export function WhyPanel({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const { ago } = useFormat();
  const { isReady, says, since, blocking, meaning, remedy, command } = tenant.explanation;
  const helps = helpfulChange(tenant);
  return (
    <Alert
      color={isReady ? 'green' : 'orange'}
      variant="light"
      icon={isReady ? <CircleCheck aria-hidden size={20} /> : <CircleAlert aria-hidden size={20} />}
      title={isReady ? t('why.ready') : t('why.notReady')}
      role="status"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          <bdi>{says}</bdi>
          {since !== undefined && ` (${ago(since)})`}
        </Text>
        {blocking !== undefined && <Blocking {...blocking} />}
        {!isReady && meaning !== undefined && <Text size="sm">{t('why.means', { meaning })}</Text>}
        {remedy !== undefined && <Text size="sm">{remedy}</Text>}
        {helps !== undefined && <ChangeButton tenant={tenant} kind={helps} />}
        {!isReady && command !== undefined && <Command text={command} />}
        {tenant.drift.count > 0 && <Drift drift={tenant.drift} />}
      </Stack>
    </Alert>
  );
}

function Blocking({ name, state, lastError, attempts, retryAt }: NonNullable<TenantReading['explanation']['blocking']>) {
  const { t } = useTranslation('platform');
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {t('why.step', { step: name, state: t(`step.${state}`) })}
      </Text>
      {lastError !== undefined && <Code block>{lastError}</Code>}
      {attempts !== undefined && (
        <Text size="sm">
          {t('why.tried', { count: attempts })} {retryAt !== undefined && <Countdown to={retryAt} />}
        </Text>
      )}
    </Stack>
  );
}

function Countdown({ to }: { readonly to: string }) {
  const { t } = useTranslation('platform');
  const seconds = Math.ceil((Date.parse(to) - useNow()) / 1_000);
  return seconds <= 0 ? t('why.retryNow') : t('why.retryIn', { count: seconds });
}

function Command({ text }: { readonly text: string }) {
  const { t } = useTranslation('platform');
  return (
    <Group gap={4} wrap="nowrap">
      <Code>{text}</Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('why.copied') : t('why.copy')}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={t('why.copy')}>
              {copied ? <Check aria-hidden size={16} /> : <Copy aria-hidden size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

function Drift({ drift }: Pick<TenantReading, 'drift'>) {
  const { t } = useTranslation('platform');
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table captionSide="top">
        <Table.Caption ta="start">{t('drift.caption', { count: drift.count })}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {(['resource', 'field', 'want', 'have'] as const).map((column) => (
              <Table.Th key={column}>{t(`drift.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {drift.items.map(({ resource, field, want, have }) => (
            <Table.Tr key={`${resource} ${field}`}>
              <Table.Td>{resource}</Table.Td>
              <Table.Td>{field}</Table.Td>
              <Table.Td>{want}</Table.Td>
              <Table.Td>{have}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
