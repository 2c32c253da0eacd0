import { EventAttributes, eventTypes } from '@tenantry/contracts';
import { z } from 'zod';
import { pageHead, table } from './markdown.ts';
import { type JsonSchema, schemaFields } from './schema-fields.ts';

/** Every event: the envelope, then the data of each type. */
export function eventsPage(): string {
  const types = Object.entries(eventTypes).map(([type, data]) => `## \`${type}\`\n\n${fieldTable(data)}\n`);
  return `${pageHead('Events', 'contracts/src/events/')}
Every change of a tenant's data is one CloudEvents 1.0 event in the topic \`<slug>.events\` (in a class with shared topics: on the cell's shared
one, which only the platform reads), in Kafka's binary mode: the attributes below are headers \`ce_<name>\` (and \`content-type\`), the value is
the data as JSON. Delivery is at least once: drop a second event with the same \`id\`. Events of one aggregate are in one partition, in the order
of \`aggregateversion\`. Data only ever gains properties: ignore those you do not know.

## Attributes

${fieldTable(EventAttributes)}

${types.join('\n')}`;
}

function fieldTable(schema: z.ZodType): string {
  const rows = schemaFields(z.toJSONSchema(schema, { io: 'output' }) as JsonSchema).map((field) => [
    `\`${field.path}\``,
    field.kind,
    field.required ? 'always' : 'may be absent',
    field.description,
  ]);
  return table(['field', 'type', 'present', 'meaning'], rows);
}
