import { Code } from '@mantine/core';
import { CUSTOMER_LIST, type CustomerListItem } from '@tenantry/contracts';
import type { TFunction } from 'i18next';
import { Check, Minus } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { LatinText } from '../../kit/latin-text.tsx';
import { type Format, useFormat } from '../../kit/use-format.ts';
import type { TableColumn } from '../../kit/virtual-table.tsx';
import { ATTRIBUTE_PREFIX, type AttributeField } from './attribute-fields.ts';
import classes from './badges.module.css';
import { StatusBadge } from './status-badge.tsx';
import { useAttributeFields } from './use-attribute-fields.ts';

const WIDTHS: Readonly<Record<string, string>> = {
  name: 'minmax(180px, 2fr)',
  email: 'minmax(190px, 2fr)',
  phone: 'minmax(140px, 1fr)',
  status: '120px',
  segment: 'minmax(130px, 1fr)',
  tags: 'minmax(160px, 1.5fr)',
  externalId: 'minmax(140px, 1fr)',
  attributes: 'minmax(200px, 2fr)',
  createdAt: '185px',
  updatedAt: '185px',
  version: '100px',
  id: '320px',
};

const LATIN: readonly string[] = ['email', 'phone', 'externalId', 'id'];

/** Of a column as narrow as this one; the others are counted. */
const TAGS_SHOWN = 2;

/** The columns that were chosen, in that order. Everything a customer is called is text here, never markup. */
export function useCustomerColumns(names: readonly string[]): readonly TableColumn<CustomerListItem>[] {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { fields } = useAttributeFields(names.some((name) => name.startsWith(ATTRIBUTE_PREFIX)));
  // With other columns every row in sight is drawn anew, also when no more than a page arrived below them.
  return useMemo(() => columnsOf(names, fields, format, t), [names, fields, format, t]);
}

function columnsOf(
  names: readonly string[],
  fields: readonly AttributeField[],
  format: Format,
  t: TFunction<'tenant'>,
): readonly TableColumn<CustomerListItem>[] {
  const fieldOf = (name: string) => fields.find(({ field }) => field === name);
  const cellOf = (name: string, row: CustomerListItem) => {
    if (name === 'attributes') return <AllAttributes attributes={row.attributes ?? {}} />;
    if (name.startsWith(ATTRIBUTE_PREFIX))
      return attributeCell(row.attributes?.[name.slice(ATTRIBUTE_PREFIX.length)], fieldOf(name), format);
    if (name === 'status') return row.status === undefined ? null : <StatusBadge status={row.status} />;
    if (name === 'tags') return <Tags tags={row.tags ?? []} />;
    if (name === 'createdAt' || name === 'updatedAt') return row[name] === undefined ? null : format.instant(row[name]);
    if (name === 'name') return <strong>{row.name}</strong>;
    const value = row[name as 'email'];
    if (LATIN.includes(name) && typeof value === 'string') return <LatinText text={value} />;
    return value === null || value === undefined ? '–' : String(value);
  };
  return names.map((name) => ({
    id: name,
    header: name.startsWith(ATTRIBUTE_PREFIX)
      ? (fieldOf(name)?.title ?? name.slice(ATTRIBUTE_PREFIX.length))
      : t(`customer.fields.${name as 'name'}`),
    width: WIDTHS[name] ?? 'minmax(140px, 1fr)',
    sortable: (CUSTOMER_LIST.sorts as readonly string[]).includes(name),
    ...(name === 'version' || isNumeric(fieldOf(name)) ? { align: 'end' as const } : {}),
    cell: (row) => cellOf(name, row),
  }));
}

const isNumeric = (field: AttributeField | undefined) => field?.type === 'number' || field?.type === 'integer';

/** A value as the schema says it is; one that is something else all the same is shown as it is. */
function attributeCell(value: unknown, field: AttributeField | undefined, format: Format) {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'number') return format.number(value);
  if (typeof value === 'boolean')
    return value ? <Check size={16} aria-label={String(value)} /> : <Minus size={16} aria-label={String(value)} />;
  if (typeof value !== 'string') return <Code>{JSON.stringify(value)}</Code>;
  if (Number.isNaN(Date.parse(value))) return value;
  if (field?.format === 'date') return format.day(value);
  return field?.format === 'date-time' ? format.instant(value) : value;
}

/** All attributes in one line. */
function AllAttributes({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) {
  const text = Object.entries(attributes).map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return text.length === 0 ? '–' : <span title={text.join('\n')}>{text.join(' · ')}</span>;
}

/** Plain elements, as {@link StatusBadge}. */
function Tags({ tags }: { readonly tags: readonly string[] }) {
  return (
    <div className={classes.tags}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => (
        <span key={tag} className={classes.tag}>
          {tag}
        </span>
      ))}
      {tags.length > TAGS_SHOWN && (
        <span className={classes.tag} title={tags.slice(TAGS_SHOWN).join(', ')}>
          +{tags.length - TAGS_SHOWN}
        </span>
      )}
    </div>
  );
}
