import { Alert, Code, List, Stack, Table, Text } from '@mantine/core';
import { Lock, ShieldAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChangePreview } from '../../platform/platform-view-questions.ts';

/** What the API server says of a change that has not been made: each field before and after, whose fields they are, or why it refuses. */
export function ChangeVerdict({ preview }: { readonly preview: ChangePreview }) {
  const { t } = useTranslation('platform');
  if (preview.verdict === 'refused')
    return (
      <Alert color="red" variant="light" role="alert" icon={<ShieldAlert aria-hidden size={20} />} title={t('review.refused')}>
        {preview.why}
      </Alert>
    );
  if (preview.verdict === 'owned')
    return (
      <Alert color="orange" variant="light" role="alert" icon={<Lock aria-hidden size={20} />} title={t('review.owned')}>
        <Stack gap="xs">
          <List size="sm">
            {preview.owners.map(({ path, manager }) => (
              <List.Item key={`${path} ${manager}`}>
                <Code>{path}</Code> {manager}
              </List.Item>
            ))}
          </List>
          <Text size="sm">{t('review.ownedDetail')}</Text>
        </Stack>
      </Alert>
    );
  if (preview.changes.length === 0) return <Text role="status">{t('review.nothing')}</Text>;
  // Of something new nothing was before.
  const hasBefore = preview.changes.some(({ before }) => before !== undefined);
  return (
    <Table.ScrollContainer minWidth={280}>
      <Table captionSide="top" verticalSpacing={4}>
        <Table.Caption ta="start">{t('review.caption')}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('review.field')}</Table.Th>
            {hasBefore && <Table.Th>{t('review.before')}</Table.Th>}
            <Table.Th>{t('review.after')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.changes.map(({ path, before, after }) => (
            <Table.Tr key={path}>
              <Table.Td style={WRAPPED}>{path}</Table.Td>
              {hasBefore && <Table.Td style={WRAPPED}>{shown(before)}</Table.Td>}
              <Table.Td style={WRAPPED}>{shown(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const WRAPPED = { overflowWrap: 'anywhere' } as const;

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
