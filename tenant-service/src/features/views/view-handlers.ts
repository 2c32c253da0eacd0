import { listViews, type SavedView, VIEW_LIST, VIEWS_MAX, type ViewResource } from '@tenantry/contracts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Actor } from '../../identity/actor.ts';
import { answerParameter, idempotencyKeyOf, storedAnswer, writeOnce } from '../../journal/idempotency-keys.ts';
import { TenantList } from '../../listing/tenant-list.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import * as statements from './view-statements.ts';

/** Checks a query string as the list itself would. @throws Problem what the list would answer. */
export type QueryCheck = (tenant: Tenant, query: string) => Promise<void>;

type ViewHandlers = Handlers<'createView' | 'listViews' | 'getView' | 'updateView' | 'deleteView'>;

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

const viewList = new TenantList({
  operation: listViews,
  from: '{schema}.saved_views v',
  ...VIEW_LIST,
  columns: {
    id: { sql: 'v.id', type: 'uuid' },
    name: { sql: 'v.name', type: 'text', order: 'v.name collate "und-x-icu"' },
    owner: { sql: 'v.owner', type: 'text' },
    resource: { sql: 'v.resource', type: 'text' },
    visibility: { sql: 'v.visibility', type: 'text' },
    createdAt: { sql: 'v.created_at', type: 'timestamptz' },
    updatedAt: { sql: 'v.updated_at', type: 'timestamptz' },
  },
  document: statements.VIEW_DOCUMENT,
});

/** Saved views: seen by their owner, by all when shared, and by admins; changed by their owner and admins. */
export function viewHandlers(parts: { door: Door; cursors: Cursors; queries: Readonly<Record<ViewResource, QueryCheck>> }): ViewHandlers {
  const { door, queries } = parts;

  const check = async (tenant: Tenant, resource: ViewResource, query: string): Promise<void> => {
    try {
      await queries[resource](tenant, query);
    } catch (error) {
      throw ofBody(error);
    }
  };

  const visible = async (tenant: Tenant, actor: Actor, id: string): Promise<SavedView> => {
    const [row] = await door.read(tenant, (tx) => tx.run(statements.findView, [id]));
    const view = row && (JSON.parse(row.document as string) as SavedView);
    if (view && (view.visibility === 'shared' || mayChange(actor, view))) return view;
    throw new Problem('not-found', 'There is no such view.');
  };

  /** The view If-Match names, for who may change it. */
  const changeable = async (tenant: Tenant, actor: Actor, id: string, ifMatch: number): Promise<SavedView> => {
    const view = await visible(tenant, actor, id);
    if (!mayChange(actor, view)) throw new Problem('role-missing', 'A shared view is changed by its owner or an admin.');
    if (view.version === ifMatch) return view;
    throw new Problem('version-stale', `The view is in version ${view.version} now. Read it again and repeat the change.`, {
      headers: { etag: etagOf(view.version) },
    });
  };

  return {
    createView: async (call) => {
      const { tenant, actor, body } = call;
      await check(tenant, body.resource, body.query);
      const key = idempotencyKeyOf('createView', call);
      const at = new Date().toISOString();
      const { name, resource, query, visibility } = body;
      const view: SavedView = {
        id: uuidv7(),
        owner: actor.subject,
        name,
        resource,
        query,
        visibility,
        version: 1,
        createdAt: at,
        updatedAt: at,
      };
      const document = JSON.stringify(view);
      const answer = { status: 201, headers: { ...JSON_TYPE, etag: etagOf(1), location: `/v1/views/${view.id}` }, body: document };
      try {
        return await writeOnce(door, tenant, key, async () => {
          const rows = await door.write(tenant, (tx) => tx.run(statements.createView, [document, answerParameter(key, answer)]));
          const stored = rows.length === 0 && key ? await storedAnswer(door, tenant, key) : undefined;
          if (stored) return stored;
          if (rows.length === 0) throw new Problem('limit-reached', `One person has at most ${VIEWS_MAX} views. Delete one first.`);
          return answer;
        });
      } catch (error) {
        throw nameTaken(error);
      }
    },

    listViews: (call) => {
      const { actor } = call;
      const own = [`(v.owner = ? or v.visibility = 'shared')`, [actor.subject]] as const;
      return viewList.answer(parts, call, actor.roles.has('admin') ? {} : { where: [own] });
    },

    getView: async ({ tenant, actor, params, ifNoneMatch }) => {
      const view = await visible(tenant, actor, params.id);
      const etag = etagOf(view.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return { status: 200, headers: { ...JSON_TYPE, etag }, body: JSON.stringify(view) };
    },

    updateView: async ({ tenant, actor, params, body, ifMatch }) => {
      const before = await changeable(tenant, actor, params.id, ifMatch);
      if (body.query !== undefined) await check(tenant, before.resource, body.query);
      const { name = before.name, query = before.query, visibility = before.visibility } = body;
      const after = { ...before, name, query, visibility, version: before.version + 1, updatedAt: new Date().toISOString() };
      const document = JSON.stringify(after);
      const rows = await door
        .write(tenant, (tx) => tx.run(statements.updateView, [before.id, ifMatch, document]))
        .catch((error: unknown) => {
          throw nameTaken(error);
        });
      if (rows.length === 0) throw await lost(tenant, actor, params.id, ifMatch);
      return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(after.version) }, body: document };
    },

    deleteView: async ({ tenant, actor, params, ifMatch }) => {
      const before = await changeable(tenant, actor, params.id, ifMatch);
      const rows = await door.write(tenant, (tx) => tx.run(statements.deleteView, [before.id, ifMatch]));
      if (rows.length === 0) throw await lost(tenant, actor, params.id, ifMatch);
      return { status: 204, headers: {} };
    },
  };

  /** Somebody else was faster: says which version is current, or that it is gone. */
  async function lost(tenant: Tenant, actor: Actor, id: string, ifMatch: number): Promise<Problem> {
    await changeable(tenant, actor, id, ifMatch);
    return new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
  }
}

const etagOf = (version: number): string => `"${version}"`;

function mayChange(actor: Actor, view: SavedView): boolean {
  return view.owner === actor.subject || actor.roles.has('admin');
}

/** What is wrong with the query, as places of the body's `query`. */
function ofBody(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const places = error.options.errors ?? [{ pointer: '', detail: error.message }];
  return new Problem('invalid-request', 'The list would not take this query.', {
    cause: error,
    errors: places.map(({ pointer, detail }) => ({ pointer: '/query', detail: `${pointer.replace(/^\/query\/?/, '')} ${detail}`.trim() })),
  });
}

function nameTaken(error: unknown): unknown {
  if (brokenUnique(error) !== 'saved_views_name_unique') return error;
  return new Problem('view-name-taken', 'You have a view of this name already.', {
    cause: error,
    errors: [{ pointer: '/name', detail: 'is taken' }],
  });
}
