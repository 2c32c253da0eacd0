import type { MongoDocuments } from '../../documents/mongo-documents.ts';
import { eventDocument } from '../../event-log/event-document.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { readTrail, type TrailEvent } from './audit-trail.ts';

/** Who did what, as the event log proves it. */
export function auditTrailHandlers({
  heavy,
  documents,
}: {
  readonly heavy: { readonly door: Door };
  readonly documents: MongoDocuments | undefined;
}): Handlers<'listAuditTrail'> {
  return {
    listAuditTrail: async ({ tenant, query }) => {
      const { limit, type, subject, actor } = query;
      const before = query.before === undefined ? Number.MAX_SAFE_INTEGER : Number(query.before);
      // One more than asked for says whether there are more.
      const found = await readTrail(heavy.door, documents, tenant, { before, limit: limit + 1, type, subject, actor });
      const shown = found.slice(0, limit);
      const next = found.length > limit ? String(shown.at(-1)?.seq) : null;
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: `{"items":[${shown.map((event) => entry(tenant, event)).join(',')}],"page":${JSON.stringify({ before: next, limit })}}`,
      };
    },
  };
}

function entry(tenant: Tenant, event: TrailEvent): string {
  const { actor, change, hash } = event;
  return `{"event":${eventDocument(tenant, event)},${JSON.stringify({ actor, change, hash: hash.toString('hex') }).slice(1)}`;
}
