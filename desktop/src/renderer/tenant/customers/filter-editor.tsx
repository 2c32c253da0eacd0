import { Button, Checkbox, Group, NumberInput, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import type { FilterOperator } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../tenant-access.ts';
import { FILTER_FIELDS, joinValues, type ListFilter, splitValues } from './customer-list-state.ts';
import { filterChoice } from './filter-choice.ts';
import { useAttributeFields } from './use-attribute-fields.ts';

/** One filter: a field, how it is compared, and with what. Only what the list takes can be chosen. */
export function FilterEditor(props: {
  readonly filter?: ListFilter;
  readonly onApply: (filter: ListFilter) => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTranslation('tenant');
  const isAdmin = useMay('deleteCustomer');
  const [filter, setFilter] = useState<ListFilter>(props.filter ?? { field: 'status', operator: 'in', value: '' });
  const attributes = useAttributeFields();
  const choice = filterChoice(filter.field, attributes.fields);
  const own = FILTER_FIELDS.filter((name) => name !== 'deleted' || isAdmin).map((name) => ({
    value: name as string,
    label: t(`customer.fields.${name as 'name'}`),
  }));
  const ofSchema = attributes.fields
    .filter(({ isFilter }) => isFilter)
    .map(({ field, title }) => ({ value: field as string, label: title }));
  const setValue = (value: string) => setFilter({ ...filter, value });
  const setOperator = (operator: FilterOperator) => setFilter({ ...filter, operator, value: operator === 'isNull' ? 'true' : '' });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (filter.value !== '') props.onApply(filter);
      }}
    >
      <Stack gap="xs" w={280}>
        <Select
          label={t('filters.field')}
          data={
            ofSchema.length === 0
              ? own
              : [
                  { group: t('filters.everyCustomer'), items: own },
                  { group: t('customer.fields.attributes'), items: ofSchema },
                ]
          }
          value={filter.field}
          allowDeselect={false}
          maxDropdownHeight={300}
          comboboxProps={{ withinPortal: false }}
          onChange={(field) =>
            field !== null &&
            setFilter({
              field,
              operator: filterChoice(field, attributes.fields).operators[0] ?? 'eq',
              value: field === 'deleted' ? 'true' : '',
            })
          }
        />
        {attributes.isIndexing && (
          <Text size="xs" c="dimmed">
            {t('filters.indexing')}
          </Text>
        )}
        <Select
          label={t('filters.operator')}
          data={choice.operators.map((name) => ({ value: name, label: t(`filters.operators.${name}`) }))}
          value={filter.operator}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          onChange={(operator) => operator !== null && setOperator(operator as FilterOperator)}
        />
        <ValueField
          filter={filter}
          type={choice.type}
          choices={choice.choices.map((value) => ({
            value,
            label: filter.field === 'status' ? t(`customer.status.${value as 'active'}`) : value,
          }))}
          onChange={setValue}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="xs" onClick={props.onCancel}>
            {t('cancel')}
          </Button>
          <Button type="submit" size="xs" disabled={filter.value === ''}>
            {t('filters.apply')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ValueField(props: {
  readonly filter: ListFilter;
  readonly type: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTranslation('tenant');
  const { filter, type, choices, onChange } = props;
  const label = t('filters.value');
  if (filter.operator === 'isNull' || type === 'boolean')
    return (
      <Select
        label={label}
        data={['true', 'false'].map((value) => ({ value, label: t(`filters.flags.${value as 'true'}`) }))}
        value={filter.value}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => onChange(value ?? '')}
      />
    );
  if (filter.operator === 'in' && choices.length > 0)
    return (
      <Checkbox.Group label={label} value={[...splitValues(filter.value)]} onChange={(values) => onChange(joinValues(values))}>
        <Stack gap={6} mt={4}>
          {choices.map(({ value, label: name }) => (
            <Checkbox key={value} value={value} label={name} />
          ))}
        </Stack>
      </Checkbox.Group>
    );
  if (filter.operator === 'in')
    return (
      <TagsInput
        label={label}
        description={t('filters.severalHint')}
        value={[...splitValues(filter.value)]}
        maxTags={100}
        comboboxProps={{ withinPortal: false }}
        onChange={(values) => onChange(joinValues(values))}
      />
    );
  if (choices.length > 0)
    return (
      <Select
        label={label}
        data={choices}
        value={filter.value}
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => onChange(value ?? '')}
      />
    );
  if (type === 'instant')
    return (
      <TextInput
        type="datetime-local"
        label={label}
        value={localOf(filter.value)}
        onChange={(event) => onChange(instantOf(event.currentTarget.value))}
      />
    );
  if (type === 'day')
    return <TextInput type="date" label={label} value={filter.value} onChange={(event) => onChange(event.currentTarget.value)} />;
  if (type === 'integer' || type === 'number')
    return (
      <NumberInput label={label} value={filter.value} allowDecimal={type === 'number'} onChange={(value) => onChange(String(value))} />
    );
  return (
    <TextInput
      label={label}
      value={filter.value}
      maxLength={200}
      data-autofocus
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** The field of the browser speaks of local time without saying so; the API wants UTC. */
function instantOf(local: string): string {
  return local === '' ? '' : new Date(local).toISOString();
}

function localOf(instant: string): string {
  if (instant === '' || Number.isNaN(Date.parse(instant))) return '';
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
