import type { Archive, ArchiveKind } from '@tenantry/contracts';
import { readArchiveFile } from '../../archive/archive-file.ts';
import { findArchive, listArchives } from '../../archive/archive-statements.ts';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import { ObjectMissing, type ObjectStore, ObjectsAway } from '../../objects/object-store.ts';
import { Problem } from '../../problem.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LINK_SECONDS = 900;
/** What says of a row which thing it is about. */
const SUBJECTS: Readonly<Record<ArchiveKind, readonly string[]>> = {
  'webhook-deliveries': ['id'],
  history: ['aggregateId'],
  transactions: ['accountId', 'id', 'transferId'],
};

interface StoredArchive extends Omit<Archive, 'file'> {
  readonly bytes: string;
  readonly sha256: string;
  readonly key: string;
}

/** What has left the database, read again. */
export function archiveHandlers({ door, cursors, transfers }: FeatureParts): Handlers<'listArchives' | 'getArchive' | 'listArchivedRows'> {
  const store = (): ObjectStore => {
    if (transfers.objects !== undefined) return transfers.objects;
    throw new Problem('unavailable', 'There is no archive here: the cell has no bucket.', { headers: { 'retry-after': '300' } });
  };
  const find = async (tenant: Tenant, id: string): Promise<StoredArchive> => {
    const [row] = await door.read(tenant, (tx) => tx.run(findArchive, [id.toLowerCase()]));
    if (row === undefined) throw new Problem('not-found', 'There is no such archive.');
    return row as unknown as StoredArchive;
  };

  return {
    listArchives: async ({ tenant, query }) => {
      const { limit, cursor, kind = null, of = null } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listArchives', query: JSON.stringify([kind, of]) };
      const after = cursor === undefined ? HIGHEST_ID : cursors.decode(scope, cursor);
      const found = await door.read(tenant, (tx) => tx.run(listArchives, [after, limit + 1, kind, of]));
      const rows = found.slice(0, limit) as unknown as StoredArchive[];
      const items = await Promise.all(rows.map((row) => shown(row, store())));
      const next = found.length > limit ? cursors.encode(scope, rows.at(-1)?.id ?? '') : null;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next, limit } }) };
    },

    getArchive: async ({ tenant, params }) => {
      const stored = await find(tenant, params.id);
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify(await shown(stored, store())) };
    },

    listArchivedRows: async ({ tenant, params, query }) => {
      const { id, key, kind } = await find(tenant, params.id);
      const { limit, cursor, of } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listArchivedRows', query: JSON.stringify([id, of?.toLowerCase()]) };
      const begin = cursor === undefined ? 0 : Number(cursors.decode(scope, cursor));
      const items: unknown[] = [];
      let [line, next]: [number, string | null] = [0, null];
      try {
        for await (const row of readArchiveFile(store(), key)) {
          line += 1;
          if (line <= begin || (of !== undefined && !SUBJECTS[kind].some((name) => row[name] === of.toLowerCase()))) continue;
          if (items.length === limit) {
            next = cursors.encode(scope, String(line - 1));
            break;
          }
          items.push(row);
        }
      } catch (error) {
        if (!(error instanceof ObjectsAway || error instanceof ObjectMissing)) throw error;
        const detail = 'The file of the archive cannot be read at the moment.';
        throw new Problem('unavailable', detail, { cause: error, headers: { 'retry-after': '5' } });
      }
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next, limit } }) };
    },
  };
}

async function shown({ bytes, sha256, key, ...archive }: StoredArchive, objects: ObjectStore): Promise<Archive> {
  const url = await objects.link(key, { seconds: LINK_SECONDS, fileName: `${archive.kind}-${archive.id}.ndjson.gz` });
  const urlExpiresAt = new Date(Date.now() + LINK_SECONDS * 1000).toISOString();
  return { ...archive, file: { bytes: Number(bytes), sha256, mediaType: 'application/gzip', url, urlExpiresAt } };
}
