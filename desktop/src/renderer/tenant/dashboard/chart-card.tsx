import { ActionIcon, Card, Group, SegmentedControl, Table, Text, Tooltip } from '@mantine/core';
import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveFile } from '../../kit/save-file.ts';
import { figuresCsv } from './figures-csv.ts';

interface ChartCardProps {
  readonly title: string;
  readonly fileName: string;
  readonly header: readonly string[];
  /** The figures of the chart: what the table shows and the file has. */
  readonly rows: readonly (readonly (string | number)[])[];
  /** The chart, for those who see it; the table says the same. */
  readonly children: ReactNode;
}

/** A chart that is also a table and a file. */
export function ChartCard({ title, fileName, header, rows, children }: ChartCardProps) {
  const { t } = useTranslation('tenant');
  const [view, setView] = useState('chart');
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Text component="h2" fw={600}>
          {title}
        </Text>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            value={view}
            onChange={setView}
            aria-label={t('charts.view', { title })}
            data={[
              { value: 'chart', label: t('charts.chart') },
              { value: 'table', label: t('charts.table') },
            ]}
          />
          <Tooltip label={t('charts.csv')}>
            <ActionIcon
              variant="default"
              aria-label={t('charts.csvOf', { title })}
              onClick={() => saveFile(`${fileName}.csv`, new Blob([figuresCsv(header, rows)], { type: 'text/csv' }))}
            >
              <Download aria-hidden size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {view === 'chart' ? (
        <div role="img" dir="ltr" aria-label={t('charts.asTable', { title })} style={{ height: 240 }}>
          {children}
        </div>
      ) : (
        <Table.ScrollContainer type="native" minWidth={300} maxHeight={240} tabIndex={0} role="region" aria-label={title}>
          <Table stickyHeader>
            <Table.Thead>
              <Table.Tr>
                {header.map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.slice(0, 2).join(' ')}>
                  {row.map((value, at) => (
                    <Table.Td key={header[at]}>{value}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
