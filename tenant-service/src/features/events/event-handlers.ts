import { ADMIN_EVENT_TYPES, PAGE_LIMIT_MAX } from '@tenantry/contracts';
import { eventDocument } from '../../event-log/event-document.ts';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import { EVENT_STREAM_HEADERS } from '../../http/server-sent-events.ts';
import type { Actor } from '../../identity/actor.ts';
import { answerParameter, idempotencyKeyOf, writeOnce } from '../../journal/idempotency-keys.ts';
import { Problem } from '../../problem.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { eventSchemaHandlers } from './event-schema-handlers.ts';
import { EventSchemas } from './event-schemas.ts';
import { PUBLISH_EVENT } from './event-statements.ts';

type EventOperations = 'listEvents' | 'publishEvent' | 'streamEvents';
type SchemaOperations = 'listEventSchemas' | 'getEventSchema' | 'putEventSchema' | 'deleteEventSchema';

/** Reading the event log, in pages and as it grows; and telling of things of the tenant's own. */
export function eventHandlers(
  parts: Pick<FeatureParts, 'door' | 'events' | 'limits' | 'attributeSchemas'>,
): Handlers<EventOperations | SchemaOperations> {
  const { door, events, limits, attributeSchemas } = parts;
  const { reader, streams } = events;
  const schemas = new EventSchemas(door, attributeSchemas.compiler);
  return {
    ...eventSchemaHandlers(schemas, attributeSchemas.compiler),

    listEvents: async ({ tenant, actor, query }) => {
      const { after, limit, type, subject } = query;
      // One more than asked for says whether there are more.
      const wanted = after === 'latest' ? 0 : limit + 1;
      const from = after === 'latest' ? Number.MAX_SAFE_INTEGER : Number(after);
      const { last, events: found } = await reader.page(tenant, { after: from, limit: wanted, type, subject, hidden: hiddenFrom(actor) });
      const shown = found.slice(0, limit);
      const hasMore = found.length > limit;
      // What was looked at and is not shown need not be looked at again. A number beyond the end was given out by nobody.
      const lastShown = shown.at(-1)?.seq ?? 0;
      const seen = hasMore ? lastShown : Math.max(last, lastShown);
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: `{"items":[${shown.map((event) => eventDocument(tenant, event)).join(',')}],"page":${JSON.stringify({ after: String(seen), hasMore, limit })}}`,
      };
    },

    publishEvent: async (call) => {
      const { tenant, body, trace } = call;
      const { type, data, subject } = body;
      const event = { id: uuidv7(), type, time: new Date().toISOString() };
      const answer = {
        status: 202,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify(event),
      };
      const key = idempotencyKeyOf('publishEvent', call);
      return await writeOnce(door, tenant, key, async () => {
        limits.takeEvent(tenant);
        const values = [event.id, type, event.time, trace.traceparent, JSON.stringify(data), answerParameter(key, answer)];
        await schemas.checked(tenant, type, data, async (version) => {
          const told = await door.write(tenant, (tx) => tx.run(PUBLISH_EVENT, [...values, version, subject ?? 'event']));
          return told.length === 1;
        });
        return answer;
      });
    },

    streamEvents: async ({ tenant, actor, query, lastEventId }) => {
      const { type, subject } = query;
      const begin = lastEventId ?? query.after;
      if (!/^(\d{1,15}|latest)$/.test(begin)) {
        throw new Problem('invalid-request', 'The stream cannot begin there.', {
          errors: [{ pointer: '/header/Last-Event-ID', detail: 'must be the id of an event of this stream' }],
        });
      }
      const after = begin === 'latest' ? await reader.last(tenant) : Number(begin);
      const body = streams.open({ tenant, actor, after, limit: PAGE_LIMIT_MAX, type, subject, hidden: hiddenFrom(actor) });
      return { status: 200, headers: EVENT_STREAM_HEADERS, body };
    },
  };
}

const hiddenFrom = (actor: Actor): readonly string[] => (actor.roles.has('admin') ? [] : ADMIN_EVENT_TYPES);
