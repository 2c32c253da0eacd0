import { Alert, Badge, Button, Code, Group, Radio, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { attributeText } from './customer-form-values.ts';
import { type EditableCustomer, editableOf, type MergeChoice, mergedCustomer, threeWayMerge } from './three-way-merge.ts';
import type { Collision } from './use-save-customer.ts';

interface MergeDialogProps {
  readonly collision: Collision;
  readonly saving: boolean;
  readonly onMerged: (merged: EditableCustomer) => void;
  /** Back to the form with everything that was typed. */
  readonly onBack: () => void;
}

/** Somebody else was faster: field by field what there was, what they made of it, what you made of it, and what it is to be. */
export function MergeDialog({ collision, saving, onMerged, onBack }: MergeDialogProps) {
  const { t } = useTranslation('tenant');
  const theirs = editableOf(collision.theirs);
  const merges = threeWayMerge(collision.base, collision.mine, theirs);
  const [choices, setChoices] = useState<Readonly<Record<string, MergeChoice>>>({});
  const open = merges.filter(({ field, conflict }) => conflict && choices[field] === undefined).length;
  const nameOf = (field: string) =>
    field.startsWith('attributes.') ? field.slice('attributes.'.length) : t(`customer.fields.${field as 'name'}`);
  return (
    <Dialog onClose={onBack} size="xl" title={t('merge3.title')}>
      <Stack>
        <Alert color={open > 0 ? 'orange' : 'teal'} variant="light" role="status">
          {open > 0 ? t('merge3.open', { count: open }) : t('merge3.ready')}
        </Alert>
        <Table.ScrollContainer minWidth={600}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('merge3.field')}</Table.Th>
                <Table.Th>{t('merge3.base')}</Table.Th>
                <Table.Th>{t('merge3.theirs')}</Table.Th>
                <Table.Th>{t('merge3.mine')}</Table.Th>
                <Table.Th>{t('merge3.result')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {merges.map((merge) => (
                <Table.Tr key={merge.field}>
                  <Table.Th scope="row">{nameOf(merge.field)}</Table.Th>
                  <Table.Td>{shown(merge.base)}</Table.Td>
                  <Table.Td>{shown(merge.theirs)}</Table.Td>
                  <Table.Td>{shown(merge.mine)}</Table.Td>
                  <Table.Td>
                    {merge.conflict ? (
                      <Radio.Group
                        aria-label={t('merge3.choose', { field: nameOf(merge.field) })}
                        value={choices[merge.field] ?? ''}
                        onChange={(choice) => setChoices({ ...choices, [merge.field]: choice as MergeChoice })}
                      >
                        <Group gap="sm">
                          <Radio value="theirs" label={t('merge3.takeTheirs')} />
                          <Radio value="mine" label={t('merge3.takeMine')} />
                        </Group>
                      </Radio.Group>
                    ) : (
                      <Group gap="xs">
                        <Text size="sm">{shown(merge.merged)}</Text>
                        <Badge size="xs" variant="default" tt="none">
                          {t(`merge3.by.${merge.changedBy}`)}
                        </Badge>
                      </Group>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Group justify="flex-end">
          <Button variant="default" onClick={onBack}>
            {t('merge3.back')}
          </Button>
          <Writing>
            <Button disabled={open > 0} loading={saving} onClick={() => onMerged(mergedCustomer(theirs, merges, choices))}>
              {t('merge3.save')}
            </Button>
          </Writing>
        </Group>
      </Stack>
    </Dialog>
  );
}

function shown(value: unknown) {
  if (value === undefined || value === null || value === '') return <span>–</span>;
  if (Array.isArray(value)) return value.join(', ') || '–';
  return typeof value === 'string' ? value : <Code>{attributeText(value)}</Code>;
}
