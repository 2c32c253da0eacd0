import { converge } from '../converge.ts';
import type { Step } from '../step.ts';

/** The tenant's schema, owned by its owner role. */
export const schemaStep: Step = {
  name: 'schema',
  condition: 'SchemaReady',
  run: ({ ports: { database }, names: { schema, ownerRole }, reportOnly }) =>
    converge<string>(
      { reportOnly },
      {
        look: async () => {
          const owner = await database.schemaOwner(schema);
          if (owner === undefined) return { changes: [schema] };
          if (owner === ownerRole) return { changes: [] };
          const message = `Schema ${schema} exists and is owned by "${owner}"; nothing was changed.`;
          return { refused: { reason: 'Conflict', message } };
        },
        apply: () => database.createSchema(schema, ownerRole),
        describe: (name) => `schema ${name}`,
        done: () => `Schema ${schema} belongs to ${ownerRole}.`,
      },
    ),
};
