import type { CustomerAttributesSchema } from '@tenantry/contracts';
import { type AttributeSchema, indexableProperties } from '../../attributes/attribute-schema-limits.ts';
import type { AttributeSchemas, StoredAttributeSchema } from '../../attributes/attribute-schemas.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { sameJson } from '../../journal/field-changes.ts';
import { Problem } from '../../problem.ts';
import { etagOf, JSON_TYPE } from './customer-answers.ts';

/** Customers named when a schema does not fit them. */
const MISFITS_MAX = 20;

/** What a tenant says its customers' attributes must be. */
export function customerAttributesHandlers({
  attributeSchemas,
}: {
  attributeSchemas: AttributeSchemas;
}): Handlers<'getCustomerAttributesSchema' | 'putCustomerAttributesSchema'> {
  return {
    getCustomerAttributesSchema: async ({ tenant, ifNoneMatch }) => {
      const stored = await attributeSchemas.stored(tenant);
      const etag = etagOf(stored.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return answerOf(stored);
    },

    putCustomerAttributesSchema: async ({ tenant, actor, trace, body, query, ifMatch }) => {
      const schema = body.schema as AttributeSchema;
      const errors = attributeSchemas.compiler.refusals(schema).map((place) => ({ ...place, pointer: `/schema${place.pointer}` }));
      if (errors.length > 0) throw new Problem('invalid-request', 'The schema is not one that can be used here.', { errors });
      const before = await attributeSchemas.stored(tenant);
      if (before.version !== ifMatch) throw stale(before.version);
      // As text, so that a new order of properties is kept too.
      if (before.version > 1 && JSON.stringify(before.schema) === JSON.stringify(schema)) return answerOf(before);
      if (query.validateExisting === 'true') {
        const misfits = await attributeSchemas.misfits(tenant, attributeSchemas.compiler.compile(0, schema), MISFITS_MAX);
        if (misfits.length > 0) throw doNotFit(misfits);
      }
      const isSet = await attributeSchemas.set(tenant, {
        schema,
        from: before.version,
        at: new Date(),
        actor: actor.subject,
        traceId: trace.traceId,
        isIndexed: isIndexed(before, schema),
      });
      const stored = await attributeSchemas.stored(tenant);
      if (!isSet) throw stale(stored.version);
      return answerOf(stored);
    },
  };
}

/** Nothing indexable is new, and what was indexable is indexed. */
function isIndexed(before: StoredAttributeSchema, schema: AttributeSchema): boolean {
  const [old, next] = [indexableProperties(before.schema), indexableProperties(schema)];
  return (
    next.size === 0 ||
    (before.indexedAt !== null &&
      sameJson(
        [...next].filter(([name, type]) => old.get(name) !== type),
        [],
      ))
  );
}

function answerOf(stored: StoredAttributeSchema): PlainAnswer {
  const body: CustomerAttributesSchema = {
    version: stored.version,
    schema: stored.schema as CustomerAttributesSchema['schema'],
    updatedAt: stored.createdAt?.toISOString() ?? null,
    updatedBy: stored.createdBy,
    indexing: stored.version > 1 && stored.indexedAt === null,
  };
  return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(stored.version) }, body: JSON.stringify(body) };
}

function stale(version: number): Problem {
  return new Problem('version-stale', `The schema is in version ${version} now. Read it again and repeat the change.`, {
    headers: { etag: etagOf(version) },
  });
}

function doNotFit(misfits: readonly { readonly id: string }[]): Problem {
  const count = misfits.length === MISFITS_MAX ? `${MISFITS_MAX} or more` : String(misfits.length);
  return new Problem('attributes-do-not-fit', `${count} customers do not fit this schema; it was not set.`, {
    members: { customers: misfits },
  });
}
