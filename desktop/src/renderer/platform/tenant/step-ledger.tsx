import { Badge, Code, Stack, Table, Text } from '@mantine/core';
import type { StepRecord } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';

const COLOURS: Readonly<Record<StepRecord['state'], string>> = {
  Done: 'green',
  Waiting: 'blue',
  Blocked: 'red',
  Failed: 'orange',
  NotReached: 'gray',
  NotNeeded: 'gray',
};

/** What every step of the tenant last did, in the order they run. */
export function StepLedger({ steps }: { readonly steps: readonly StepRecord[] }) {
  const { t } = useTranslation('platform');
  const { ago } = useFormat();
  if (steps.length === 0) return <Text c="dimmed">{t('step.none')}</Text>;
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table captionSide="top">
        <Table.Caption ta="start">{t('step.caption')}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('step.name')}</Table.Th>
            <Table.Th>{t('step.state')}</Table.Th>
            <Table.Th>{t('step.says')}</Table.Th>
            <Table.Th>{t('step.since')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {steps.map(({ name, state, message, since, lastError }) => (
            <Table.Tr key={name}>
              <Table.Td style={ONE_LINE}>{name}</Table.Td>
              <Table.Td>
                <Badge color={COLOURS[state]} variant="light" tt="none" miw="max-content" styles={TEXT}>
                  {t(`step.${state}`)}
                </Badge>
              </Table.Td>
              <Table.Td>
                <Stack gap={4}>
                  <Text size="sm" dir="auto" ta="match-parent">
                    {message}
                  </Text>
                  {lastError !== undefined && <Code block>{lastError}</Code>}
                </Stack>
              </Table.Td>
              <Table.Td style={ONE_LINE}>{ago(since)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const ONE_LINE = { whiteSpace: 'nowrap' } as const;
/** Coloured words on a light colour have too little contrast. */
const TEXT = { label: { color: 'var(--mantine-color-text)' } };
