import { CUSTOMER_LIST, listCustomers, type operations } from '@tenantry/contracts';
import type { AttributeSchemas } from '../../attributes/attribute-schemas.ts';
import { parseQuery, type RequestFilter } from '../../http/parse-request.ts';
import type { Call, Handler } from '../../http/pipeline.ts';
import { instantSql } from '../../listing/list-column.ts';
import { parseListQuery } from '../../listing/list-query.ts';
import type { AttributeTypes } from '../../listing/parse-filters.ts';
import { type ListParts, TenantList } from '../../listing/tenant-list.ts';
import { Problem } from '../../problem.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { checkSearch, searchAnswer } from './customer-search.ts';
import * as statements from './customer-statements.ts';

const searchedIn = 'c.search_text';

/** Customers as a list: what contracts/http/customer-list.ts offers, in SQL. */
export const customerList = new TenantList({
  operation: listCustomers,
  from: '{schema}.customers c',
  ...CUSTOMER_LIST,
  always: { sql: 'c.deleted_at is null', unless: 'deleted' },
  hot: statements.listCustomers,
  columns: {
    id: { sql: 'c.id', type: 'uuid' },
    externalId: { sql: 'c.external_id', type: 'text', nullable: true, isIndexed: true, searchedIn },
    // In the order of a dictionary, whatever the language: with the database's own order every capital would come before every small letter.
    name: { sql: 'c.name', type: 'text', order: 'c.name collate "und-x-icu"', searchedIn },
    email: { sql: 'c.email', type: 'text', nullable: true, ignoresCase: true, isIndexed: true, order: 'lower(c.email)', searchedIn },
    phone: { sql: 'c.phone', type: 'text', nullable: true, searchedIn },
    status: { sql: 'c.status', type: 'text' },
    segment: { sql: 'c.segment', type: 'text', nullable: true },
    tags: { sql: 'c.tags', type: 'text[]' },
    version: { sql: 'c.version', type: 'integer' },
    createdAt: { sql: 'c.created_at', type: 'timestamptz' },
    updatedAt: { sql: 'c.updated_at', type: 'timestamptz' },
    deleted: { sql: 'c.deleted_at is not null', type: 'boolean' },
    // The attributes the tenant marks x-indexable, with an index of their own.
    attributes: { sql: 'c.indexed', type: 'text' },
  },
  document: {
    id: 'c.id',
    externalId: 'c.external_id',
    name: 'c.name',
    email: 'c.email',
    phone: 'c.phone',
    status: 'c.status',
    segment: 'c.segment',
    tags: 'c.tags',
    attributes: 'c.attributes',
    version: 'c.version',
    createdAt: instantSql('c.created_at'),
    updatedAt: instantSql('c.updated_at'),
  },
  onRequest: { deletedAt: instantSql('c.deleted_at') },
});

/** `GET /v1/customers`. */
export function listCustomersHandler(
  parts: ListParts & { readonly attributeSchemas: AttributeSchemas },
): Handler<(typeof operations)['listCustomers']> {
  return async (call) => {
    refuseDeleted(call);
    const options = await attributesFor(parts.attributeSchemas, call.tenant, call.filters);
    const { search } = call.query;
    return search === undefined ? customerList.answer(parts, call, options) : searchAnswer(parts.door, customerList, call, search, options);
  };
}

/** Checks a query string as the list would take it; a cursor is of one moment and not part of a query that is kept. */
export function customerQueryCheck(attributeSchemas: AttributeSchemas) {
  return async (tenant: Tenant, text: string): Promise<void> => {
    const { query, filters } = parseQuery(listCustomers, text);
    const request = query as Call<typeof listCustomers>['query'];
    if (request.cursor !== undefined) throw new Problem('invalid-cursor', 'A query that is kept has no cursor.');
    const { attributes } = await attributesFor(attributeSchemas, tenant, filters);
    parseListQuery(customerList.definition, filters, request, attributes);
    if (request.search !== undefined) checkSearch(request, request.search);
  };
}

/** Asked for only when a filter names one: other queries do not pay for it. */
async function attributesFor(
  schemas: AttributeSchemas,
  tenant: Tenant,
  filters: readonly RequestFilter[],
): Promise<{ attributes?: AttributeTypes }> {
  return filters.some(({ field }) => field.startsWith('attributes.')) ? { attributes: await schemas.indexable(tenant) } : {};
}

/** What was deleted is shown to those who may delete and restore. */
function refuseDeleted({ filters, actor }: Pick<Call, 'filters' | 'actor'>): void {
  const asks = filters.some(({ field, value }) => field === 'deleted' && value === 'true');
  if (!asks || actor.roles.has('admin')) return;
  throw new Problem('role-missing', 'Listing deleted customers needs the role admin.', {
    errors: [{ pointer: '/query/filter[deleted]', detail: 'needs the role admin' }],
  });
}
