import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import type { ExportResult, ImportResult, LongOperation } from '@tenantry/contracts';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { LiveBadge } from '../live/live-badge.tsx';
import { ActorName } from '../ui/actor-name.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { CancelOperationButton } from './cancel-operation-button.tsx';
import { ErrorsFileButton } from './errors-file-button.tsx';
import { OperationBadge } from './operation-badge.tsx';
import { OperationProgress } from './operation-progress.tsx';
import { isUnderWay, useOperation, useOperations } from './operation-queries.ts';

/** Everything that runs in the background, or did: how far it is, what came of it, and its files. */
export function ActivityScreen() {
  const { t } = useTranslation('tenant');
  const list = useOperations();
  return (
    <Screen title={t('activity.title')} description={<LiveBadge />}>
      {list.isPending && <Loader mx="auto" aria-label={t('loading')} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <EmptyNotice title={t('activity.none')} hint={t('activity.noneHint')} />}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} maw={900}>
        {(list.data ?? []).map((operation) => (
          <li key={operation.id}>
            {isUnderWay(operation) ? <RunningOperation id={operation.id} /> : <OperationCard operation={operation} />}
          </li>
        ))}
      </Stack>
    </Screen>
  );
}

function RunningOperation({ id }: { readonly id: string }) {
  const { data } = useOperation(id);
  return data === undefined ? null : <OperationCard operation={data} />;
}

function OperationCard({ operation }: { readonly operation: LongOperation }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { client } = useTenantApi();
  const platform = usePlatform();
  const download = useMutation({
    // A link is good for minutes: it is made when it is wanted.
    mutationFn: async () => {
      const { data } = await client.getOperation({ params: { id: operation.id } });
      await platform.openLink((data.result as ExportResult).url);
    },
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
  });
  const { result } = operation;
  return (
    <Card withBorder>
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600}>{t(`activity.kinds.${operation.kind}`)}</Text>
          <Text size="sm">{String(operation.request.report ?? operation.request.resource ?? '')}</Text>
          <OperationBadge status={operation.status} />
        </Group>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {format.instant(operation.createdAt)} · <ActorName actor={operation.actor} />
          </Text>
          {isUnderWay(operation) && <CancelOperationButton id={operation.id} />}
          {operation.status === 'succeeded' && result !== null && 'url' in result && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Download aria-hidden size={14} />}
              loading={download.isPending}
              onClick={() => download.mutate()}
            >
              {t('activity.download')} ({format.bytes(result.bytes)})
            </Button>
          )}
          {result !== null && 'errors' in result && result.errors !== null && <ErrorsFileButton id={operation.id} />}
        </Group>
      </Group>
      {isUnderWay(operation) && <OperationProgress operation={operation} />}
      {result !== null && 'created' in result && <ImportCounts result={result} />}
      {operation.problem !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {operation.problem.title}. {operation.problem.detail}
        </Text>
      )}
    </Card>
  );
}

/** What became of the rows of a file. */
export function ImportCounts({ result }: { readonly result: ImportResult }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  return (
    <Group gap="md" role="status">
      {(['created', 'updated', 'skipped', 'failed'] as const).map((name) => (
        <Text key={name} size="sm" fw={name === 'failed' && result.failed > 0 ? 700 : undefined}>
          {t(result.dryRun ? `import.wouldBe.${name}` : `import.became.${name}`, { number: format.number(result[name]) })}
        </Text>
      ))}
    </Group>
  );
}
