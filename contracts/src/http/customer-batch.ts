import { z } from 'zod';
import { Customer, CustomerId, CustomerPatch, customerEditors, customerExample, NewCustomer, newCustomerExample } from './customers.ts';
import { operation } from './operation.ts';
import { ProblemDocument } from './problems.ts';

/** Most items of a batch: one statement of each kind stays far inside a tenant's time limit. */
export const BATCH_ITEMS_MAX = 500;

const version = z.int().min(1).meta({ description: 'The version the change was made from: what If-Match is for a single one.' });

/** One change of a batch. */
export const CustomerBatchItem = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('create'), customer: NewCustomer }),
    z.strictObject({ action: z.literal('patch'), id: CustomerId, version, patch: CustomerPatch }),
    z.strictObject({ action: z.literal('delete'), id: CustomerId, version }),
  ])
  .meta({ id: 'CustomerBatchItem' });

/** An item that is no change at all; its neighbours are done all the same. */
export interface MisshapenItem {
  readonly action: 'misshapen';
  readonly issues: readonly z.core.$ZodIssue[];
}

// One wrong item must not refuse its neighbours: it becomes what its place is answered by. The second half of the union says so to readers of
// the description; values never get there.
const misshapen = (found?: { readonly error: { readonly issues: MisshapenItem['issues'] } }): MisshapenItem | undefined =>
  found === undefined ? undefined : { action: 'misshapen', issues: found.error.issues };
const item = z.union([
  CustomerBatchItem.catch(misshapen as never),
  z.unknown().meta({ description: 'Anything else: its result is 400.' }),
]) as unknown as z.ZodType<CustomerBatchItem | MisshapenItem, z.input<typeof CustomerBatchItem>>;

export const CustomerBatch = z
  .strictObject({
    items: z.array(item).min(1).max(BATCH_ITEMS_MAX),
    atomic: z.boolean().default(false).meta({ description: 'All items or none: the first refusal refuses the batch.' }),
  })
  .meta({ id: 'CustomerBatch' });

/** What became of the item at the same place: what a request of its own would have been answered. */
export const CustomerBatchResult = z
  .strictObject({
    status: z
      .int()
      .min(200)
      .max(599)
      .meta({ description: '201 created, 200 changed or as it was, 204 deleted, or the status of `problem`.' }),
    etag: z.string().optional(),
    customer: Customer.optional(),
    problem: ProblemDocument.optional(),
  })
  .meta({ id: 'CustomerBatchResult' });

export const CustomerBatchAnswer = z.strictObject({ results: z.array(CustomerBatchResult) }).meta({ id: 'CustomerBatchAnswer' });

export const batchCustomers = operation({
  id: 'batchCustomers',
  method: 'POST',
  path: '/v1/customers:batch',
  tag: 'Customers',
  summary: 'Create, change and delete many customers',
  description: `At most ${BATCH_ITEMS_MAX} items, answered 200 with one result an item, in order. Items stand alone: one that is refused stops no other, unless \`atomic\` is set; then the answer is 409 \`batch-refused\` with the \`refused\` items by their index, and nothing was done. Everything that is done is committed together, with the Idempotency-Key. A customer occurs at most once. Deletions come first, then changes, then new customers: each may take an address that those before it give up.`,
  roles: customerEditors,
  writes: true,
  idempotent: true,
  body: {
    kind: 'json',
    schema: CustomerBatch,
    maxBytes: 4_194_304,
    example: {
      items: [
        { action: 'create', customer: newCustomerExample },
        { action: 'patch', id: customerExample.id, version: 3, patch: { segment: 'gold', tags: ['vip', 'gold'] } },
        { action: 'delete', id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23', version: 1 },
      ],
    },
  },
  success: {
    status: 200,
    description: 'What became of each item.',
    body: CustomerBatchAnswer,
    example: {
      results: [
        { status: 201, etag: '"1"', customer: customerExample },
        { status: 200, etag: '"4"', customer: { ...customerExample, version: 4 } },
        { status: 204 },
      ],
    },
    headers: { 'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.' },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'batch-refused',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export type CustomerBatchItem = z.output<typeof CustomerBatchItem>;
export type CustomerBatchResult = z.infer<typeof CustomerBatchResult>;
