import { z } from 'zod';
import { Customer, CustomerId, customerEditors, customerEveryone, customerExample, customerParams } from './customers.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';

/** What can make two customers look like one. */
export const DUPLICATE_KINDS = ['email', 'phone', 'name'] as const;

/** Why two customers look like one. */
export const DuplicateReason = z
  .strictObject({
    kind: z.enum(DUPLICATE_KINDS),
    similarity: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Of the names: shared trigrams ÷ all trigrams. 1 for an email address or phone.' }),
  })
  .meta({ id: 'DuplicateReason' });

const score = z.number().min(0).max(1).meta({ description: 'How likely they are the same, made of all reasons. 1 is certain.' });
const reasons = z.array(DuplicateReason).min(1);

/** A customer that looks like the one asked about. */
export const DuplicateCandidate = z.strictObject({ customer: Customer, score, reasons }).meta({ id: 'DuplicateCandidate' });

/** Two customers that look like one, the newer first. */
export const DuplicatePair = z.strictObject({ customers: z.array(Customer).length(2), score, reasons }).meta({ id: 'DuplicatePair' });

/** The body of a dismissal: two customers, in any order. */
export const DuplicateDismissal = z
  .strictObject({ ids: z.array(CustomerId).length(2) })
  .refine(({ ids }) => ids[0]?.toLowerCase() !== ids[1]?.toLowerCase(), { path: ['ids', 1], message: 'must be another customer' })
  .meta({ id: 'DuplicateDismissal' });

const rules =
  `Email addresses are the same when one mailbox has both: case and everything from a \`+\` on are ignored, at gmail.com and googlemail.com (one
provider) dots too. Phones are the same when their E.164 numbers are. Names are compared without accents and case, from a similarity of 0.6 on and from four
letters or digits on. An email address counts 0.9, a phone 0.8, a name 0.7 × similarity, and the score is 1 − the product of what each leaves open.
Dismissed pairs are left out.`.replaceAll('\n', ' ');

const query = {
  limit: PageLimit,
  minScore: z.coerce.number().min(0).max(1).default(0).meta({ description: 'Candidates below this score are left out; none when absent.' }),
  by: z.enum(DUPLICATE_KINDS).optional().meta({ description: 'Looks for this kind of reason only, which is faster.' }),
};

const twin = { ...customerExample, id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d11', email: 'ada+crm@example.org', externalId: null } as const;
const example = {
  score: 0.97,
  reasons: [
    { kind: 'email', similarity: 1 },
    { kind: 'name', similarity: 1 },
  ],
} as const;

export const customerDuplicates = operation({
  id: 'customerDuplicates',
  method: 'GET',
  path: '/v1/customers/{id}/duplicates',
  tag: 'Customers',
  summary: 'Customers that look like this one',
  description: `The most likely first, at most \`limit\`, one page. ${rules}`,
  roles: customerEveryone,
  writes: false,
  params: customerParams,
  query: z.strictObject(query),
  success: {
    status: 200,
    description: 'The candidates.',
    body: pageOf(DuplicateCandidate).meta({ id: 'DuplicateCandidatePage' }),
    example: { items: [{ customer: twin, ...example }], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'not-found', 'customer-merged'],
});

export const listDuplicates = operation({
  id: 'listDuplicates',
  method: 'GET',
  path: '/v1/duplicates',
  tag: 'Customers',
  summary: 'Pairs of customers that look like one',
  description: `Goes through the customers, newest first, and names each one’s older look-alikes. A page ends after about a second of looking: it may be short or even empty while \`page.next\` is there. ${rules}`,
  roles: customerEveryone,
  writes: false,
  query: z.strictObject({ ...query, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of pairs.',
    body: pageOf(DuplicatePair).meta({ id: 'DuplicatePairPage' }),
    example: { items: [{ customers: [customerExample, twin], ...example }], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const dismissDuplicate = operation({
  id: 'dismissDuplicate',
  method: 'POST',
  path: '/v1/duplicates:dismiss',
  tag: 'Customers',
  summary: 'Say that two customers are not the same',
  description: 'The pair is not named again. Saying it twice is saying it once.',
  roles: customerEditors,
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: DuplicateDismissal, example: { ids: [customerExample.id, twin.id] } },
  success: { status: 204, description: 'Dismissed.' },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export type DuplicateReason = z.infer<typeof DuplicateReason>;
export type DuplicateCandidate = z.infer<typeof DuplicateCandidate>;
export type DuplicatePair = z.infer<typeof DuplicatePair>;
