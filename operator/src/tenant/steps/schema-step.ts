import { converge } from '../converge.ts';
import { driftItem } from '../plans/drift-item.ts';
import type { Step } from '../step.ts';

/** How often to see whether a lost schema is back. */
const LOOK_AGAIN_MS = 5000;

/** The tenant's schema, owned by its owner role. One that was there and is gone is not made again: an empty one would look like the tenant's data. */
export const schemaStep: Step = {
  name: 'schema',
  condition: 'SchemaReady',
  run: async ({ ports: { database }, names: { schema, ownerRole }, reportOnly }) => {
    const outcome = await converge<string>(
      { reportOnly },
      {
        look: async () => {
          const owner = await database.schemaOwner(schema);
          if (owner === ownerRole) return { changes: [] };
          if (owner !== undefined)
            return { refused: { reason: 'Conflict', message: `Schema ${schema} exists and is owned by "${owner}"; nothing was changed.` } };
          const version = await database.version(schema);
          if (version === 0) return { changes: [schema] };
          const message = `Schema ${schema} was there at version ${version} and is gone with its rows; nothing was made in its place. Restore a backup into it.`;
          return { refused: { reason: 'SchemaLost', message } };
        },
        apply: () => database.createSchema(schema, ownerRole),
        describe: (name) => `schema ${name}`,
        differences: (name) => [driftItem(`postgres/schema/${name}`, 'exists', 'yes', 'no')],
        done: () => `Schema ${schema} belongs to ${ownerRole}.`,
      },
    );
    // A person is at work on it, and the drift watch may never have seen that it was away.
    return outcome.kind === 'blocked' && outcome.reason === 'SchemaLost' ? { ...outcome, lookAgainAfterMs: LOOK_AGAIN_MS } : outcome;
  },
};
