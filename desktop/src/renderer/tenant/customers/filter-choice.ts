import { ATTRIBUTE_FILTERS, CUSTOMER_FILTERS, type FilterField, type FilterOperator } from '@tenantry/contracts';
import { ATTRIBUTE_PREFIX, type AttributeField } from './attribute-fields.ts';
import { operatorsOf } from './customer-list-state.ts';

/** How a field is filtered by. */
export interface FilterChoice {
  readonly operators: readonly FilterOperator[];
  /** What kind of value is asked for. */
  readonly type: FilterField['type'] | 'number' | 'day';
  /** All values there are; empty: anything of the type. */
  readonly choices: readonly string[];
}

/** Of the fields every customer has the list says it, of attributes the tenant's schema: its type has its operators, and an enum its values. */
export function filterChoice(field: string, attributes: readonly AttributeField[]): FilterChoice {
  if (!field.startsWith(ATTRIBUTE_PREFIX)) {
    const known: FilterField | undefined = CUSTOMER_FILTERS[field as keyof typeof CUSTOMER_FILTERS];
    return { operators: operatorsOf(field), type: known?.type ?? 'text', choices: known?.choices ?? [] };
  }
  const attribute = attributes.find((each) => each.field === field);
  // An old link may name what is no attribute any more: it can be seen, and taken away.
  if (attribute?.type === undefined) return { operators: ['eq'], type: 'text', choices: [] };
  const { type, operators } = ATTRIBUTE_FILTERS[attribute.type];
  const isDay = attribute.format === 'date';
  return {
    operators: attribute.choices.length > 0 ? ['in', ...operators.filter((operator) => operator !== 'in')] : operators,
    type: attribute.type === 'integer' ? 'integer' : isDay ? 'day' : type,
    choices: attribute.choices,
  };
}
