import { Alert, Select, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ImportPlan } from './import-plan.ts';
import { IMPORT_FIELDS } from './read-sample.ts';

/** Which column becomes which field. */
export function MappingStep({ plan, onChange }: { readonly plan: ImportPlan; readonly onChange: (plan: ImportPlan) => void }) {
  const { t } = useTranslation('tenant');
  if (plan.format === 'ndjson') return <Text size="sm">{t('import.ndjsonNeedsNone')}</Text>;
  const [header = [], example = []] = plan.rows;
  const taken = new Set(Object.values(plan.mapping));
  const nameMissing = plan.resource === 'customers' && !taken.has('name');
  return (
    <Stack maw={760}>
      {nameMissing && <Alert color="orange">{t('import.nameMissing')}</Alert>}
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('import.column')}</Table.Th>
            <Table.Th>{t('import.example')}</Table.Th>
            <Table.Th>{t('import.becomes')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {header.map((column, at) => (
            <Table.Tr key={column}>
              <Table.Th scope="row">{column}</Table.Th>
              <Table.Td maw={240} style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
                {example[at] ?? ''}
              </Table.Td>
              <Table.Td>
                <Select
                  aria-label={t('import.fieldOf', { column })}
                  placeholder={t('import.leftOut')}
                  clearable
                  searchable
                  data={[
                    ...IMPORT_FIELDS[plan.resource].filter((field) => !taken.has(field) || plan.mapping[column] === field),
                    ...(plan.resource === 'customers' ? [`attributes.${column.replace(/^attributes\./, '')}`] : []),
                  ]}
                  value={plan.mapping[column] ?? null}
                  onChange={(field) => onChange({ ...plan, mapping: { ...plan.mapping, [column]: field } })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
