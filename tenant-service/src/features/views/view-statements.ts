import { VIEWS_MAX } from '@tenantry/contracts';
import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { documentSql } from '../../listing/document-sql.ts';
import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/** A view as every answer shows it; the table has alias `v`. */
export const VIEW_DOCUMENT = {
  id: 'v.id',
  owner: 'v.owner',
  name: 'v.name',
  resource: 'v.resource',
  query: 'v.query',
  visibility: 'v.visibility',
  version: 'v.version',
  createdAt: instantSql('v.created_at'),
  updatedAt: instantSql('v.updated_at'),
} as const;

/** $1 document · $2 answer. No row: the owner has as many as one may have. Two at the bound at once may both come in; it is there against floods. */
export const createView = new TenantStatement(
  'view_create',
  `
with input as (
  select * from jsonb_to_record($1::jsonb) as f(id uuid, owner text, name text, resource text, query text, visibility text, "createdAt" timestamptz)
), written as (
  insert into {schema}.saved_views (id, owner, name, resource, query, visibility, version, created_at, updated_at)
  select id, owner, name, resource, query, visibility, 1, "createdAt", "createdAt" from input
  where (select count(*) from {schema}.saved_views v where v.owner = input.owner) < ${VIEWS_MAX}
  returning id
), answered as (${storeAnswer('$2', 'written')})
select id from written`,
);

export const findView = new TenantStatement(
  'view_find',
  `select ${documentSql(VIEW_DOCUMENT, undefined)} as document from {schema}.saved_views v where v.id = $1::uuid`,
);

/** $1 id · $2 version it was made from · $3 document. No row: not there in that version. */
export const updateView = new TenantStatement(
  'view_update',
  `
update {schema}.saved_views v
set name = f.name, query = f.query, visibility = f.visibility, version = f.version, updated_at = f."updatedAt"
from jsonb_to_record($3::jsonb) as f(name text, query text, visibility text, version int, "updatedAt" timestamptz)
where v.id = $1::uuid and v.version = $2::int
returning v.id`,
);

/** $1 id · $2 version. No row: not there in that version. */
export const deleteView = new TenantStatement(
  'view_delete',
  'delete from {schema}.saved_views where id = $1::uuid and version = $2::int returning id',
);
