import { Button, Card, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import type { ExportResult, ImportResult, LongOperation } from '@tenantry/contracts';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { CancelOperationButton } from './cancel-operation-button.tsx';
import { ErrorsFileButton } from './errors-file-button.tsx';
import { OperationBadge } from './operation-badge.tsx';
import { OperationProgress } from './operation-progress.tsx';
import { isUnderWay, useOperation } from './operation-queries.ts';
import { useOperationSubject } from './operation-subject.ts';

interface OperationCardProps {
  readonly operation: LongOperation;
  /** The one somebody has come for. */
  readonly isSought?: boolean;
}

/** One operation: how it stands, what came of it, and what can be done about it. It is followed while it runs. */
export function OperationCard({ operation, isSought = false }: OperationCardProps) {
  return isUnderWay(operation) ? (
    <RunningOperation id={operation.id} isSought={isSought} />
  ) : (
    <StillOperation operation={operation} isSought={isSought} />
  );
}

function RunningOperation({ id, isSought }: { readonly id: string; readonly isSought: boolean }) {
  const { data } = useOperation(id);
  return data === undefined ? null : <StillOperation operation={data} isSought={isSought} />;
}

function StillOperation({ operation, isSought }: Required<OperationCardProps>) {
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
  const subjectOf = useOperationSubject();
  return (
    <Card
      withBorder
      component="article"
      aria-label={t(`activity.kinds.${operation.kind}`)}
      aria-current={isSought || undefined}
      style={isSought ? { borderColor: 'var(--mantine-primary-color-filled)', borderWidth: 2 } : undefined}
      ref={(card) => {
        if (isSought) card?.scrollIntoView({ block: 'nearest' });
      }}
    >
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600}>{t(`activity.kinds.${operation.kind}`)}</Text>
          <Text size="sm">{subjectOf(operation)}</Text>
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
