import { Badge, Button, Card, Code, Group, Loader, Stack, Table, Text, Timeline } from '@mantine/core';
import type { FieldChange } from '@tenantry/contracts';
import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { useCustomerHistory } from './customer-queries.ts';

/** Every version of the customer: who, when, what; and the way back to how it was. */
export function CustomerHistory({ id, onTravel }: { readonly id: string; readonly onTravel: (at: string) => void }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const history = useCustomerHistory(id);
  if (history.isPending) return <Loader aria-label={t('loading')} />;
  if (history.isError) return <ProblemNotice error={history.error} onRetry={() => void history.refetch()} />;
  return (
    <Stack maw={900}>
      <Timeline bulletSize={22} lineWidth={2}>
        {history.data.pages
          .flatMap(({ items }) => items)
          .map((version) => (
            <Timeline.Item
              key={version.version}
              title={
                <Group gap="xs">
                  <Badge variant="light" tt="none">
                    {t(`history.changes.${version.change}`)}
                  </Badge>
                  <Text size="sm">{t('history.version', { version: version.version })}</Text>
                  <Text size="sm" c="dimmed">
                    {format.instant(version.changedAt)} · <ActorName actor={version.actor} />
                  </Text>
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    leftSection={<History aria-hidden size={12} />}
                    aria-label={t('history.showVersion', { version: version.version })}
                    onClick={() => onTravel(version.changedAt)}
                  >
                    {t('history.show')}
                  </Button>
                </Group>
              }
            >
              {version.changes.length > 0 && <Changes changes={version.changes} />}
            </Timeline.Item>
          ))}
      </Timeline>
      {history.hasNextPage && (
        <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t('showMore')}
        </Button>
      )}
    </Stack>
  );
}

/** What differs, place by place. Values are text, whatever they look like. */
function Changes({ changes }: { readonly changes: readonly FieldChange[] }) {
  const { t } = useTranslation('tenant');
  return (
    <Card withBorder p={0} mt={4}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('history.place')}</Table.Th>
            <Table.Th>{t('history.before')}</Table.Th>
            <Table.Th>{t('history.after')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map(({ pointer, before, after }) => (
            <Table.Tr key={pointer}>
              <Table.Th scope="row">{pointer.slice(1).replaceAll('/', ' › ')}</Table.Th>
              <Table.Td>{valueText(before)}</Table.Td>
              <Table.Td>{valueText(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function valueText(value: unknown) {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : <Code>{JSON.stringify(value)}</Code>;
}
