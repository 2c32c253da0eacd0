import { hash } from 'node:crypto';
import { PROFILE_MAX } from '@tenantry/contracts';
import { PROFILE_STAMP, READ_PROFILES } from '../../../documents/document-statements.ts';
import { DocumentsAway, type MongoDocuments } from '../../../documents/mongo-documents.ts';
import type { Handlers } from '../../../http/handlers.ts';
import { Problem } from '../../../problem.ts';
import type { Door } from '../../../tenancy/doors.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { uuidv7 } from '../../../uuid-v7.ts';
import { JSON_TYPE } from '../customer-answers.ts';
import { missing } from '../merging/merged-away.ts';
import { DELETE_PAYLOAD, FIND_PAYLOAD, PUT_PAYLOAD } from './payload-statements.ts';

interface ProfileParts {
  readonly door: Door;
  /** Nothing: profiles are made from the rows each time. */
  readonly documents: MongoDocuments | undefined;
}

/** Everything known of a customer, and what integrations add to it. */
export function profileHandlers({
  door,
  documents,
}: ProfileParts): Handlers<'getCustomerProfile' | 'putCustomerPayload' | 'deleteCustomerPayload'> {
  /** The kept one when it is made of the very versions there are now. */
  const keptProfile = async (tenant: Tenant, id: string, stamp: string): Promise<string | undefined> => {
    try {
      const kept = await documents?.use(({ profiles }) => profiles.findOne({ _id: `${tenant.tenantId}/${id}` }));
      return kept?.reading?.stamp === stamp ? (kept.reading.profile ?? undefined) : undefined;
    } catch (error) {
      if (!(error instanceof DocumentsAway)) throw error;
      return undefined;
    }
  };

  return {
    getCustomerProfile: async ({ tenant, params, ifNoneMatch }) => {
      const id = params.id.toLowerCase();
      const [current] = await door.read(tenant, (tx) => tx.run(PROFILE_STAMP, [id]));
      if (current === undefined) throw await missing(door, tenant, id);
      const kept = await keptProfile(tenant, id, current.stamp as string);
      const [made] = kept === undefined ? await door.read(tenant, (tx) => tx.run(READ_PROFILES, [[id]])) : [];
      const profile = kept ?? (made?.profile as string | null | undefined);
      // Deleted between the two.
      if (profile == null) throw await missing(door, tenant, id);
      const etag = `"${hash('sha256', (made?.stamp ?? current.stamp) as string, 'base64url').slice(0, 22)}"`;
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return { status: 200, headers: { ...JSON_TYPE, etag }, body: profile };
    },

    putCustomerPayload: async ({ tenant, params, body, actor, trace }) => {
      const id = params.id.toLowerCase();
      const values = [
        id,
        uuidv7(),
        params.source,
        JSON.stringify(body.payload),
        new Date().toISOString(),
        actor.subject,
        uuidv7(),
        trace.traceparent,
      ];
      const [row] = await door.write(tenant, (tx) => tx.run(PUT_PAYLOAD, values));
      if (row?.isThere !== true) throw await missing(door, tenant, id);
      const [stored] = row.version === null ? await door.read(tenant, (tx) => tx.run(FIND_PAYLOAD, [id, params.source])) : [row];
      if (stored === undefined) {
        throw new Problem('limit-reached', `A customer has at most ${PROFILE_MAX.sources} sources. Remove one first.`);
      }
      const { version, updatedAt, updatedBy } = stored;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ source: params.source, version, updatedAt, updatedBy }) };
    },

    deleteCustomerPayload: async ({ tenant, params, trace }) => {
      const id = params.id.toLowerCase();
      const values = [id, params.source, uuidv7(), trace.traceparent, new Date().toISOString()];
      const [removed] = await door.write(tenant, (tx) => tx.run(DELETE_PAYLOAD, values));
      if (removed === undefined) throw new Problem('not-found', 'Nothing of this source is stored for such a customer.');
      return { status: 204, headers: {} };
    },
  };
}
