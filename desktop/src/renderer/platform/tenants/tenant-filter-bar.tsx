import { ActionIcon, Group, MultiSelect, TextInput, Tooltip } from '@mantine/core';
import { Search, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantPhase, TenantRow } from '../../../platform/platform-view-questions.ts';
import { SavedViewsMenu } from './saved-views-menu.tsx';
import { countsOf, type TenantFilter } from './tenant-filter.ts';

interface TenantFilterBarProps {
  readonly rows: ReadonlyMap<string, TenantRow>;
  readonly filter: TenantFilter;
  readonly onFilter: (filter: TenantFilter) => void;
}

/** What of the list is shown. Each choice says how many tenants it has. */
export function TenantFilterBar({ rows, filter, onFilter }: TenantFilterBarProps) {
  const { t } = useTranslation('platform');
  const choices = (field: 'phase' | 'class' | 'cell') => {
    const counted = new Map(countsOf(rows.values(), field));
    // What is chosen stays there to be taken away, also when no tenant has it any more.
    for (const value of filter[field] ?? []) if (!counted.has(value)) counted.set(value, 0);
    return [...counted].map(([value, count]) => ({
      value,
      label: `${field === 'phase' ? t(`phase.${value as TenantPhase}`) : value} (${count})`,
    }));
  };
  const choose = (field: 'phase' | 'class' | 'cell') => (values: string[]) => {
    const { [field]: _before, ...rest } = filter;
    onFilter(values.length === 0 ? rest : ({ ...rest, [field]: values } as TenantFilter));
  };
  const { sort, desc, ...narrowing } = filter;
  const isNarrowed = Object.values(narrowing).some((value) => value !== undefined);
  return (
    <Group gap="xs" align="flex-end">
      <TextInput
        label={t('filter.search')}
        placeholder={t('filter.searchHint')}
        leftSection={<Search aria-hidden size={16} />}
        value={filter.q ?? ''}
        w={230}
        onChange={(event) => {
          const q = event.currentTarget.value;
          const { q: _before, ...rest } = filter;
          onFilter(q === '' ? rest : { ...rest, q });
        }}
      />
      {(['phase', 'class', 'cell'] as const).map((field) => (
        <MultiSelect
          key={field}
          label={t(`column.${field}`)}
          placeholder={filter[field] === undefined ? t('filter.all') : ''}
          data={choices(field)}
          value={filter[field] ?? []}
          onChange={choose(field)}
          clearable
          w={160}
        />
      ))}
      {isNarrowed && (
        <Tooltip label={t('filter.clear')}>
          <ActionIcon
            variant="subtle"
            size="input-sm"
            aria-label={t('filter.clear')}
            onClick={() => onFilter({ ...(sort === undefined ? {} : { sort }), ...(desc === undefined ? {} : { desc }) })}
          >
            <X aria-hidden size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      <SavedViewsMenu filter={filter} onChoose={onFilter} />
    </Group>
  );
}
