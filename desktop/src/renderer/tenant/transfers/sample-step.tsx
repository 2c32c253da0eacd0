import { Group, Select, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type ImportPlan, reread } from './import-plan.ts';
import { DELIMITERS, type Delimiter, ENCODINGS, type Encoding } from './read-sample.ts';

/** How the file is read, with the first rows as they come out: a wrong guess shows at once. */
export function SampleStep({ plan, onChange }: { readonly plan: ImportPlan; readonly onChange: (plan: ImportPlan) => void }) {
  const { t } = useTranslation('tenant');
  const [header = [], ...rows] = plan.rows;
  return (
    <Stack>
      <Group>
        <Select
          label={t('import.encoding')}
          data={ENCODINGS.map((value) => ({ value, label: value.toUpperCase() }))}
          value={plan.encoding}
          allowDeselect={false}
          onChange={(encoding) => onChange(reread({ ...plan, encoding: encoding as Encoding }))}
        />
        <Select
          label={t('import.delimiter')}
          data={DELIMITERS.map((value) => ({ value, label: t(`import.delimiters.${NAMES[value]}`) }))}
          value={plan.delimiter}
          allowDeselect={false}
          onChange={(delimiter) => onChange(reread({ ...plan, delimiter: delimiter as Delimiter }))}
        />
      </Group>
      <Text size="sm">{t('import.preview')}</Text>
      <Table.ScrollContainer type="native" minWidth={500} tabIndex={0} aria-label={t('import.preview')} role="region">
        <Table striped withTableBorder>
          <Table.Thead>
            <Table.Tr>
              {header.map((name, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name
                <Table.Th key={at}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no other name
              <Table.Tr key={line}>
                {row.map((cell, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <Table.Td key={at}>{cell}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

const NAMES = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
