import { randomUUID } from 'node:crypto';
import type { ExportResult, LongOperation } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('files');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(() => removeCompletely(name));

async function succeeded(id: string): Promise<LongOperation> {
  let operation: LongOperation | undefined;
  await eventually(
    async () => {
      operation = (await tenant.api.call<LongOperation>('GET', `/v1/operations/${id}`)).body;
      expect(operation.status).toBe('succeeded');
    },
    { limitMs: 60_000 },
  );
  return operation as LongOperation;
}

it('a file of customers is imported by the job worker, exported again, and downloaded behind its link', async () => {
  const people = Array.from({ length: 2500 }, (_, at) => `crm-${at},Person ${at},person${at}@example.org`);
  const sent = await tenant.api.call<LongOperation>('POST', '/v1/imports?resource=customers', {
    rawBody: `externalId,name,email\n${people.join('\n')}\n,,nameless@example.org\n`,
    headers: { 'content-type': 'text/csv', 'idempotency-key': randomUUID() },
  });
  expect(sent.status).toBe(202);
  expect((await succeeded(sent.body.id)).result).toMatchObject({ created: 2500, failed: 1 });

  const asked = await tenant.api.call<LongOperation>('POST', '/v1/exports', { body: { resource: 'customers', format: 'ndjson' } });
  const { rows, bytes, url } = (await succeeded(asked.body.id)).result as ExportResult;
  expect(rows).toBe(2500);
  const file = await (await fetch(url)).text();
  expect(Buffer.byteLength(file)).toBe(bytes);
  expect(
    new Set(
      file
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { externalId: string }).externalId),
    ).size,
  ).toBe(2500);
  await verify(tenant);
});
