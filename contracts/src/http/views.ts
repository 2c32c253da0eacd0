import { z } from 'zod';
import { LINK_HEADER, listQuery } from './listing.ts';
import { type FilterField, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { filledText, text } from './text.ts';

/** Most views one person may have. */
export const VIEWS_MAX = 200;
/** Lists that have views. */
export const VIEW_RESOURCES = ['customers'] as const;
export type ViewResource = (typeof VIEW_RESOURCES)[number];

const fields = {
  name: filledText(100).meta({ description: 'Unique among the views of its owner, whatever its case.' }),
  query: text(4000).meta({
    description: 'The query string exactly as the list takes it, percent-encoded and without `?` and `cursor`. Checked when it is saved.',
  }),
  visibility: z.enum(['private', 'shared']).meta({ description: '`shared`: all members of the tenant see it.' }),
};

const example = {
  id: '019a9a52-77aa-7b1e-8c30-51d2f0c6a913',
  owner: 'f3a1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  name: 'New in November',
  resource: 'customers',
  query: 'filter[status]=active&filter[createdAt][gte]=2026-11-01&sort=name',
  visibility: 'shared',
  version: 1,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** A list's query with a name. */
export const SavedView = z
  .strictObject({
    id: z.uuid(),
    owner: z.string().meta({ description: 'Subject of whoever made it.' }),
    name: fields.name,
    resource: z.enum(VIEW_RESOURCES),
    query: fields.query,
    visibility: fields.visibility,
    version: z.int().min(1),
    createdAt: z.iso.datetime({ precision: 3 }),
    updatedAt: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'SavedView', example });

/** The body of POST. */
export const NewView = z
  .strictObject({
    name: fields.name,
    resource: z.enum(VIEW_RESOURCES),
    query: fields.query.default(''),
    visibility: fields.visibility.default('private'),
  })
  .meta({ id: 'NewView' });

/** The body of PATCH: at least one field. The resource stays what it is. */
export const ViewPatch = z
  .strictObject(fields)
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'ViewPatch' });

/** What views are listed by. */
export const VIEW_LIST = {
  sorts: ['id', 'name', 'createdAt', 'updatedAt'],
  defaultSort: 'name',
  fields: Object.keys(SavedView.shape),
} as const;

export const VIEW_FILTERS = {
  resource: { type: 'choice', operators: ['eq'], choices: VIEW_RESOURCES },
  visibility: { type: 'choice', operators: ['eq'], choices: fields.visibility.options },
  owner: { type: 'text', operators: ['eq', 'ne'] },
  name: { type: 'text', operators: ['eq', 'contains', 'startsWith'] },
} as const satisfies Readonly<Record<string, FilterField>>;

const ViewListItem = z.strictObject({ ...SavedView.partial().shape, id: SavedView.shape.id }).meta({ id: 'SavedViewListItem' });
const ViewPage = pageOf(ViewListItem).meta({ id: 'SavedViewPage' });
const params = z.strictObject({ id: z.uuid() });
const etag = { ETag: 'The version in quotes, e.g. `"3"`; send it back as If-Match.' };
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const { id: _id, owner: _owner, version: _version, createdAt: _created, updatedAt: _updated, ...newExample } = example;
const bodyProblems = ['malformed-json', 'invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type'] as const;

export const createView = operation({
  id: 'createView',
  method: 'POST',
  path: '/v1/views',
  tag: 'Views',
  summary: 'Save a view',
  roles: everyone,
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: NewView, example: newExample },
  success: {
    status: 201,
    description: 'The view as stored.',
    body: SavedView,
    example,
    headers: {
      ...etag,
      Location: 'Address of the view.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [...bodyProblems, 'view-name-taken', 'limit-reached', 'idempotency-key-reused'],
});

export const listViews = operation({
  id: 'listViews',
  method: 'GET',
  path: '/v1/views',
  tag: 'Views',
  summary: 'List views',
  description: 'Your own and those shared with the tenant; an admin sees all. By name.',
  roles: everyone,
  writes: false,
  query: z.strictObject(listQuery(VIEW_LIST)),
  filters: VIEW_FILTERS,
  success: {
    status: 200,
    description: 'A page of views.',
    headers: LINK_HEADER,
    body: ViewPage,
    example: { items: [example], page: { next: null, prev: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getView = operation({
  id: 'getView',
  method: 'GET',
  path: '/v1/views/{id}',
  tag: 'Views',
  summary: 'Get a view',
  description: 'Somebody else’s private view is as absent as one that never was.',
  roles: everyone,
  writes: false,
  params,
  success: { status: 200, description: 'The view.', body: SavedView, example, headers: etag },
  problems: ['invalid-request', 'not-found'],
});

export const updateView = operation({
  id: 'updateView',
  method: 'PATCH',
  path: '/v1/views/{id}',
  tag: 'Views',
  summary: 'Change a view',
  description:
    'JSON Merge Patch (RFC 7396), by its owner or an admin. If-Match must carry the ETag of the version the change was made from.',
  roles: everyone,
  writes: true,
  conditional: true,
  params,
  body: { kind: 'merge-patch', schema: ViewPatch, example: { visibility: 'shared' } },
  success: { status: 200, description: 'The view as changed.', body: SavedView, example: { ...example, version: 2 }, headers: etag },
  problems: [...bodyProblems, 'not-found', 'view-name-taken', 'version-stale', 'if-match-missing'],
});

export const deleteView = operation({
  id: 'deleteView',
  method: 'DELETE',
  path: '/v1/views/{id}',
  tag: 'Views',
  summary: 'Delete a view',
  description: 'By its owner or an admin.',
  roles: everyone,
  writes: true,
  conditional: true,
  params,
  success: { status: 204, description: 'Deleted.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'version-stale', 'if-match-missing'],
});

export type SavedView = z.infer<typeof SavedView>;
export type NewView = z.infer<typeof NewView>;
export type ViewPatch = z.infer<typeof ViewPatch>;
