import { type Operation, operations } from '@tenantry/contracts';
import type { Plugin } from 'vite';

/**
 * A page calls operations and checks nothing of them: of each it gets what the client reads, a twentieth of the whole, and the schemas, whose making
 * is a good part of a start, stay out of it. Those that a form checks its fields by come with the form.
 */
export function operationsWithoutSchemas(): Plugin {
  return {
    name: 'operations-without-schemas',
    load: (file) =>
      file.endsWith('/contracts/src/http/operations.ts') ? `export const operations = ${JSON.stringify(callable())};` : null,
  };
}

/** As contracts/src/http/client.ts reads an operation. */
function callable(): object {
  const entries = Object.entries<Operation>(operations).map(([id, { method, path, roles, body, success }]) => [
    id,
    {
      ...{ id, method, path, roles },
      ...(body === undefined ? {} : { body: { kind: body.kind, ...(body.kind === 'upload' ? { mediaTypes: body.mediaTypes } : {}) } }),
      success: { status: success.status, others: success.others, mediaTypes: success.mediaTypes, ...(success.body ? { body: true } : {}) },
    },
  ]);
  return Object.fromEntries(entries);
}
