import { EVENT_SCHEMAS_MAX, type EventSchema } from '@tenantry/contracts';
import type { AttributeCompiler } from '../../attributes/attribute-rules.ts';
import { indexableProperties } from '../../attributes/attribute-schema-limits.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { Problem } from '../../problem.ts';
import type { EventSchemas, StoredEventSchema } from './event-schemas.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

type SchemaOperations = 'listEventSchemas' | 'getEventSchema' | 'putEventSchema' | 'deleteEventSchema';

/** What a tenant says its own events must be. */
export function eventSchemaHandlers(schemas: EventSchemas, compiler: AttributeCompiler): Handlers<SchemaOperations> {
  return {
    listEventSchemas: async ({ tenant }) => ({
      status: 200,
      headers: JSON_TYPE,
      body: JSON.stringify({ items: (await schemas.list(tenant)).map(shown) }),
    }),

    getEventSchema: async ({ tenant, params, ifNoneMatch }) => {
      const stored = await schemas.find(tenant, params.type);
      if (stored === undefined) throw notFound(params.type);
      const etag = etagOf(stored.version);
      return ifNoneMatch === etag ? { status: 304, headers: { etag, 'cache-control': 'no-store' } } : answerOf(stored);
    },

    putEventSchema: async ({ tenant, actor, trace, params: { type }, body: { schema }, ifMatch }) => {
      const errors = compiler.refusals(schema).map((place) => ({ ...place, pointer: `/schema${place.pointer}` }));
      if (indexableProperties(schema).size > 0)
        errors.push({ pointer: '/schema/properties', detail: 'x-indexable has no meaning for events' });
      if (errors.length > 0) throw new Problem('invalid-request', 'The schema is not one that can be used here.', { errors });
      const before = await schemas.find(tenant, type);
      if ((before?.version ?? 0) !== ifMatch) throw stale(before);
      if (before !== undefined && JSON.stringify(before.schema) === JSON.stringify(schema)) return answerOf(before);
      const isSet = await schemas.set(tenant, type, ifMatch, schema, { actor: actor.subject, traceId: trace.traceId });
      const stored = await schemas.find(tenant, type);
      if (!isSet && stored === undefined) {
        throw new Problem('invalid-request', `${EVENT_SCHEMAS_MAX} types have a schema, which is the most.`, {
          errors: [{ pointer: '/path/type', detail: 'take the schema of another type away first' }],
        });
      }
      if (!isSet || stored === undefined) throw stale(stored);
      return answerOf(stored);
    },

    deleteEventSchema: async ({ tenant, actor, trace, params: { type }, ifMatch }) => {
      const before = await schemas.find(tenant, type);
      if (before === undefined) throw notFound(type);
      const isGone =
        before.version === ifMatch && (await schemas.remove(tenant, type, ifMatch, { actor: actor.subject, traceId: trace.traceId }));
      if (!isGone) throw stale(await schemas.find(tenant, type));
      return { status: 204, headers: { 'cache-control': 'no-store' } };
    },
  };
}

const etagOf = (version: number): string => `"${version}"`;

const shown = ({ type, version, schema, updatedAt, updatedBy }: StoredEventSchema): EventSchema => ({
  ...{ type, version, updatedBy },
  schema: schema as EventSchema['schema'],
  updatedAt: updatedAt.toISOString(),
});

const answerOf = (stored: StoredEventSchema): PlainAnswer => ({
  status: 200,
  headers: { ...JSON_TYPE, etag: etagOf(stored.version) },
  body: JSON.stringify(shown(stored)),
});

const notFound = (type: string): Problem => new Problem('not-found', `Events of type ${type} have no schema.`);

function stale(stored: StoredEventSchema | undefined): Problem {
  const version = stored?.version ?? 0;
  return new Problem('version-stale', `The schema is in version ${version} now. Read it again and repeat the change.`, {
    headers: { etag: etagOf(version) },
  });
}
