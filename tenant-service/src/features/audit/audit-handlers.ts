import { listAudit } from '@tenantry/contracts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import { parseFilters } from '../../listing/parse-filters.ts';
import type { ModelDoor } from '../../tenancy/model-door.ts';
import { AuditReader, BEGINNING } from './audit-reader.ts';

/** Who did what: history of everything, for admins. */
export function auditHandlers({ modelDoor, cursors }: { modelDoor: ModelDoor; cursors: Cursors }): Handlers<'listAudit'> {
  const reader = new AuditReader(modelDoor);
  return {
    listAudit: async ({ tenant, query, filters }) => {
      const { limit, cursor } = query;
      const conditions = parseFilters(listAudit.filters, filters);
      const scope = { tenantId: tenant.tenantId, operationId: 'listAudit', query: JSON.stringify(conditions) };
      const [at = '', id = '', version = '', widthMs = ''] = cursor === undefined ? [] : cursors.decode(scope, cursor).split('/');
      const after = cursor === undefined ? BEGINNING : { at: new Date(at), id, version: Number(version), widthMs: Number(widthMs) };
      const { entries, next } = await reader.page(tenant, after, conditions, limit);
      const page = {
        next: next === null ? null : cursors.encode(scope, [next.at.toISOString(), next.id, next.version, next.widthMs].join('/')),
        limit,
      };
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify({ items: entries, page }),
      };
    },
  };
}
