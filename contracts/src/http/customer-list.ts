import { z } from 'zod';
import { Customer, customerEveryone, customerExample } from './customers.ts';
import { LINK_HEADER, listQuery } from './listing.ts';
import { type FilterField, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { filledText } from './text.ts';

/** Most words of a search, and most customers it gives: the best. */
export const SEARCH_WORDS_MAX = 10;
export const SEARCH_RESULTS_MAX = 200;

/** What customers are listed by. `-id` is newest first: ids are UUIDv7 of the moment of creation. */
export const CUSTOMER_LIST = {
  sorts: ['id', 'createdAt', 'updatedAt', 'name', 'status', 'segment', 'email'],
  defaultSort: '-id',
  // The same order to a person, and one that the index of the period can serve.
  sortWhenFiltered: { createdAt: '-createdAt' },
  fields: [...Object.keys(Customer.shape), 'deletedAt'],
} as const;

const text = { type: 'text', operators: ['eq', 'ne', 'in', 'contains', 'startsWith', 'isNull'] } as const;
const instant = { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] } as const;

/** What customers are filtered by; the first operator of each is what `filter[…]=` means. */
export const CUSTOMER_FILTERS = {
  id: { type: 'id', operators: ['in', 'eq'] },
  externalId: text,
  name: { type: 'text', operators: ['eq', 'ne', 'in', 'contains', 'startsWith'], description: 'Parts whatever their case and accents.' },
  email: { ...text, description: 'Whatever its case.' },
  phone: text,
  status: { type: 'choice', operators: ['in', 'eq', 'ne'], choices: Customer.shape.status.options },
  segment: { type: 'text', operators: ['in', 'eq', 'ne', 'isNull'] },
  tags: { type: 'text', operators: ['contains', 'in'], description: '`contains`: has this tag; `in`: has one of them.' },
  version: { type: 'integer', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
  createdAt: instant,
  updatedAt: instant,
  deleted: { type: 'boolean', operators: ['eq'], description: '`true`: the deleted ones instead, for the role admin.' },
  'attributes.*': {
    type: 'text',
    operators: ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'],
    description: 'An attribute the tenant’s schema marks `x-indexable`. Numbers are also compared, text is not.',
  },
} as const satisfies Readonly<Record<string, FilterField>>;

const compared = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'isNull'] as const;

/** What an attribute of each type is filtered with: no more than the operators of `attributes.*`, and the first is meant where none is named. */
export const ATTRIBUTE_FILTERS = {
  string: { type: 'text', operators: ['eq', 'ne', 'in', 'isNull'] },
  number: { type: 'number', operators: compared },
  integer: { type: 'number', operators: compared },
  boolean: { type: 'boolean', operators: ['eq', 'ne', 'isNull'] },
} as const satisfies Readonly<Record<string, Omit<FilterField, 'type'> & { readonly type: FilterField['type'] | 'number' }>>;

/** Types of attributes that lists can be filtered by. */
export type AttributeType = keyof typeof ATTRIBUTE_FILTERS;

/** A customer of a list: whole, or with the properties `fields` asked for. `deletedAt` only of a deleted one. */
export const CustomerListItem = z
  .strictObject({
    ...Customer.partial().shape,
    id: Customer.shape.id,
    deletedAt: z.iso.datetime({ precision: 3 }).nullable().optional().meta({ description: 'Only where asked for with `fields`.' }),
  })
  .meta({ id: 'CustomerListItem' });

const CustomerPage = pageOf(CustomerListItem).meta({ id: 'CustomerPage' });

export const listCustomers = operation({
  id: 'listCustomers',
  method: 'GET',
  path: '/v1/customers',
  tag: 'Customers',
  summary: 'List or search customers',
  description: `Newest first, page by page. With \`search\`: at most ${SEARCH_RESULTS_MAX}, the best first, on one page; when few are found as typed, those spelt much alike follow. Both may be filtered.`,
  roles: customerEveryone,
  writes: false,
  query: z.strictObject({
    search: filledText(200)
      .optional()
      .meta({
        description: `Up to ${SEARCH_WORDS_MAX} words of name, email, phone or external id in any order, or parts of words; case and accents do not count. Words of one or two letters are looked for where words begin. Takes no \`sort\` and no \`cursor\`.`,
      }),
    ...listQuery(CUSTOMER_LIST),
  }),
  filters: CUSTOMER_FILTERS,
  success: {
    status: 200,
    description: 'A page of customers.',
    headers: LINK_HEADER,
    body: CustomerPage,
    example: { items: [customerExample], page: { next: null, prev: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export type CustomerListItem = z.infer<typeof CustomerListItem>;
