import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { EVENT_STREAM_HEADERS } from '../../http/server-sent-events.ts';
import * as operations from '../../jobs/operation-repository.ts';
import { Problem } from '../../problem.ts';
import { describeOperation, isFinal } from '../../transfer/describe-operation.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

/** Long operations: looked at, listed, followed, cancelled. */
export function operationHandlers(
  parts: FeatureParts,
): Handlers<'listOperations' | 'getOperation' | 'streamOperation' | 'cancelOperation'> {
  const { door, cursors, transfers, events } = parts;
  const { objects } = transfers;

  const single = async (stored: operations.StoredOperation): Promise<PlainAnswer> => ({
    status: 200,
    headers: { ...JSON_TYPE, etag: etagOf(stored), ...(isFinal(stored.status) ? {} : { 'retry-after': '1' }) },
    body: JSON.stringify(await describeOperation(stored, objects)),
  });

  return {
    listOperations: async ({ tenant, query }) => {
      const { limit, cursor } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listOperations', query: '' };
      const after = cursor === undefined ? undefined : cursors.decode(scope, cursor);
      const rows = await door.read(tenant, (tx) => operations.listOperations(tx, limit + 1, after));
      const items = await Promise.all(rows.slice(0, limit).map((row) => describeOperation(row, objects)));
      const next = rows.length > limit ? cursors.encode(scope, rows[limit - 1]?.id ?? '') : null;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next, limit } }) };
    },

    getOperation: async ({ tenant, params, ifNoneMatch }) => {
      const stored = await door.read(tenant, (tx) => operations.findOperation(tx, params.id.toLowerCase()));
      if (stored === undefined) throw notFound();
      const etag = etagOf(stored);
      // A download link grows old although nothing has changed: who has no new one yet must get it.
      const isLink = stored.kind !== 'import' && stored.status === 'succeeded';
      if (ifNoneMatch === etag && !isLink) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return await single(stored);
    },

    streamOperation: async ({ tenant, actor, params }) => {
      const operationId = params.id.toLowerCase();
      const [stored] = await door.read(tenant, (tx) => operations.operationProgress(tx, [operationId]));
      if (stored === undefined) throw notFound();
      return { status: 200, headers: EVENT_STREAM_HEADERS, body: events.operations.open({ tenant, actor, operationId }, stored) };
    },

    cancelOperation: async ({ tenant, params }) => {
      const id = params.id.toLowerCase();
      const cancelled = await door.write(tenant, (tx) => operations.cancelOperation(tx, id));
      if (cancelled !== undefined) return await single(cancelled);
      const stored = await door.read(tenant, (tx) => operations.findOperation(tx, id));
      if (stored === undefined) throw notFound();
      throw new Problem('operation-finished', `The operation has ${stored.status === 'failed' ? 'failed' : 'succeeded'} already.`);
    },
  };
}

const etagOf = ({ version }: operations.StoredOperation): string => `"${version}"`;

function notFound(): Problem {
  return new Problem('not-found', 'There is no such operation.');
}
