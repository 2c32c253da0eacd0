import { z } from 'zod';

/** Anything a document of ours is made of. */
export type Json = Record<string, unknown>;

/** A schema with an id is written once under components and referred to; nested ones are lifted out of `$defs`. */
export function schemaComponent(schema: z.ZodType, io: 'input' | 'output', components: Json): unknown {
  const { $defs, ...json } = jsonSchema(schema, io);
  for (const [name, definition] of Object.entries(($defs as Json | undefined) ?? {})) components[name] = pointAtComponents(definition);
  const id = schema.meta()?.id;
  const own = pointAtComponents(json);
  // A schema that is also used inside itself is already a reference to its own definition.
  if (id === undefined || '$ref' in json) return own;
  components[id] = own;
  return { $ref: `#/components/schemas/${id}` };
}

/** JSON Schema of one schema by itself, without what only zod needs. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _schema, '~standard': _standard, id: _id, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json;
  return json;
}

function pointAtComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointAtComponents);
  if (typeof value !== 'object' || value === null) return value;
  const moved: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    // zod writes a schema's id into it; in an example `id` is a customer's and stays.
    if (key === 'id' && typeof inner === 'string' && /^[A-Z]/.test(inner)) continue;
    moved[key] =
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : pointAtComponents(inner);
  }
  return moved;
}
