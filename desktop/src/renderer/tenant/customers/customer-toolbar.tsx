import { ActionIcon, CloseButton, Group, Menu, Pill, Popover, Stack, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { Columns3, ListFilter as FilterIcon, Search } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ATTRIBUTE_PREFIX } from './attribute-fields.ts';
import { CUSTOMER_COLUMNS, type CustomerListState, type ListFilter, splitValues } from './customer-list-state.ts';
import { ExportButton } from './export-button.tsx';
import { FilterEditor } from './filter-editor.tsx';
import { SavedViews } from './saved-views.tsx';
import { useAttributeFields } from './use-attribute-fields.ts';

interface CustomerToolbarProps {
  readonly state: CustomerListState;
  readonly onChange: (state: CustomerListState) => void;
}

/** Search, filters, views, columns and export of the customers on screen. */
export function CustomerToolbar({ state, onChange }: CustomerToolbarProps) {
  const { t } = useTranslation('tenant');
  const [editing, setEditing] = useState<number | 'new' | null>(null);
  const put = (filter: ListFilter) => {
    const filters =
      editing === 'new' || editing === null ? [...state.filters, filter] : state.filters.map((old, at) => (at === editing ? filter : old));
    setEditing(null);
    onChange({ ...state, filters });
  };
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <SearchField search={state.search} onChange={(search) => onChange({ ...state, search })} />
        <Popover
          opened={editing !== null}
          onChange={(opened) => !opened && setEditing(null)}
          position="bottom-start"
          trapFocus
          returnFocus
          withinPortal
          shadow="md"
        >
          <Popover.Target>
            <Tooltip label={t('filters.add')}>
              <ActionIcon
                variant="default"
                size="input-sm"
                aria-label={t('filters.add')}
                onClick={() => setEditing(editing === null ? 'new' : null)}
              >
                <FilterIcon aria-hidden size={16} />
              </ActionIcon>
            </Tooltip>
          </Popover.Target>
          <Popover.Dropdown>
            {editing !== null && (
              <FilterEditor
                key={String(editing)}
                {...(editing === 'new' ? {} : { filter: state.filters[editing] as ListFilter })}
                onApply={put}
                onCancel={() => setEditing(null)}
              />
            )}
          </Popover.Dropdown>
        </Popover>
        <SavedViews state={state} onChange={onChange} />
        <ColumnChooser state={state} onChange={onChange} />
        <ExportButton filters={state.filters} searching={state.search !== ''} />
      </Group>
      {state.filters.length > 0 && (
        <Group gap="xs" aria-label={t('filters.active')} role="group">
          {state.filters.map((filter, at) => (
            <FilterPill
              key={`${filter.field} ${filter.operator} ${filter.value}`}
              filter={filter}
              onEdit={() => setEditing(at)}
              onRemove={() => onChange({ ...state, filters: state.filters.filter((_, other) => other !== at) })}
            />
          ))}
        </Group>
      )}
    </Stack>
  );
}

function SearchField({ search, onChange }: { readonly search: string; readonly onChange: (search: string) => void }) {
  const { t } = useTranslation('tenant');
  const [typed, setTyped] = useState(search);
  const [shown, setShown] = useState(search);
  const later = useDebouncedCallback(onChange, 250);
  // The address was changed by something else, a view for instance; what is being typed is newer than any address.
  if (search !== shown) {
    setShown(search);
    if (!later.isPending()) setTyped(search);
  }
  return (
    <TextInput
      type="search"
      w={320}
      data-customer-search
      aria-label={t('customers.search')}
      placeholder={t('customers.searchPlaceholder')}
      leftSection={<Search aria-hidden size={16} />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            size="sm"
            aria-label={t('customers.clearSearch')}
            onClick={() => {
              later.cancel();
              setTyped('');
              onChange('');
            }}
          />
        )
      }
      value={typed}
      maxLength={200}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        later(value);
      }}
    />
  );
}

function FilterPill({
  filter,
  onEdit,
  onRemove,
}: {
  readonly filter: ListFilter;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const { t } = useTranslation('tenant');
  const isAttribute = filter.field.startsWith(ATTRIBUTE_PREFIX);
  const { fields } = useAttributeFields(isAttribute);
  const field = isAttribute
    ? (fields.find((each) => each.field === filter.field)?.title ?? filter.field.slice(ATTRIBUTE_PREFIX.length))
    : t(`customer.fields.${filter.field as 'name'}`);
  const value = filter.operator === 'in' ? splitValues(filter.value).join(', ') : filter.value;
  const text = `${field} ${t(`filters.operators.${filter.operator}`)} ${filter.operator === 'isNull' ? t(`filters.flags.${value === 'true' ? 'true' : 'false'}`) : value}`;
  return (
    <Pill
      size="md"
      withRemoveButton
      onRemove={onRemove}
      removeButtonProps={{ 'aria-label': t('filters.remove', { filter: text }), 'aria-hidden': false, tabIndex: 0 }}
    >
      <button type="button" onClick={onEdit} style={{ all: 'unset', cursor: 'pointer' }} aria-label={t('filters.edit', { filter: text })}>
        {text}
      </button>
    </Pill>
  );
}

function ColumnChooser({ state, onChange }: CustomerToolbarProps) {
  const { t } = useTranslation('tenant');
  return (
    <Menu closeOnItemClick={false} position="bottom-start" withinPortal>
      <Menu.Target>
        <Tooltip label={t('columns.choose')}>
          <ActionIcon variant="default" size="input-sm" aria-label={t('columns.choose')}>
            <Columns3 aria-hidden size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
        <ColumnItems state={state} onChange={onChange} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Drawn when the menu is open: only then the tenant's schema is asked for. */
function ColumnItems({ state, onChange }: CustomerToolbarProps) {
  const { t } = useTranslation('tenant');
  const { fields } = useAttributeFields();
  const item = (name: string, label: string) => {
    const shown = state.columns.includes(name);
    return (
      <Menu.CheckboxItem
        key={name}
        checked={shown}
        disabled={shown && state.columns.length === 1}
        onChange={() => onChange({ ...state, columns: shown ? state.columns.filter((other) => other !== name) : [...state.columns, name] })}
      >
        {label}
      </Menu.CheckboxItem>
    );
  };
  return (
    <>
      <Menu.Label>{t('columns.title')}</Menu.Label>
      {CUSTOMER_COLUMNS.map((name) =>
        item(name, name === 'attributes' ? t('columns.allAttributes') : t(`customer.fields.${name as 'name'}`)),
      )}
      {fields.length > 0 && <Menu.Label>{t('customer.fields.attributes')}</Menu.Label>}
      {fields.map(({ field, title }) => item(field, title))}
    </>
  );
}
