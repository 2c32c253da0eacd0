import { z } from 'zod';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';

/** What is moved to the archive when it is old. Append-only. */
export const ARCHIVE_KINDS = ['webhook-deliveries', 'history', 'transactions'] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

const At = z.iso.datetime({ precision: 3 });
/** They hold what everybody did, as the audit list does. */
const roles = ['admin'] as const;
const params = z.strictObject({ id: z.uuid() });

const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f01',
  kind: 'history',
  before: '2025-11-22T00:00:00.000Z',
  oldest: '2025-11-21T00:00:04.120Z',
  newest: '2025-11-21T23:59:41.007Z',
  firstId: '01920000-0000-7000-8000-000000000010',
  lastId: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  rows: 4711,
  archivedAt: '2026-11-22T00:03:12.500Z',
  file: {
    bytes: 182_044,
    sha256: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',
    mediaType: 'application/gzip',
    url: 'https://files.example.org/archives/01920000/history/019a9a4e/1.ndjson.gz?X-Amz-Signature=0f',
    urlExpiresAt: '2026-11-22T14:15:00.000Z',
  },
} as const;

/** One file of the archive. */
export const Archive = z
  .strictObject({
    id: z.uuid(),
    kind: z.enum(ARCHIVE_KINDS),
    before: At.meta({ description: 'Everything in it is older.' }),
    oldest: At.meta({ description: 'Time of its oldest row: when a change was made, a transaction was posted, or a delivery ended.' }),
    newest: At,
    firstId: z.uuid().meta({
      description:
        'Rows are in the order of this id: of the changed thing for `history`, of the account for `transactions`, else of the row itself.',
    }),
    lastId: z.uuid(),
    rows: z.int().min(1),
    archivedAt: At.meta({ description: 'From then on the rows are in the file only.' }),
    file: z.strictObject({
      bytes: z.int().min(0),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .meta({ description: 'Of the whole file.' }),
      mediaType: z.literal('application/gzip').meta({ description: 'One JSON document a line, compressed.' }),
      url: z.url().meta({ description: 'Download link, good for 15 minutes; every GET makes a new one.' }),
      urlExpiresAt: At,
    }),
  })
  .meta({ id: 'Archive', example });

/** What became of a row: as the API showed it before, and what was kept beside. */
const ArchivedRow = z.record(z.string(), z.json()).meta({ id: 'ArchivedRow' });

export const listArchives = operation({
  id: 'listArchives',
  // A download link is signed with a key that only the platform's replicas hold.
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/archives',
  tag: 'Archives',
  summary: 'List the files of the archive',
  description: 'Newest first. What is older than the plan keeps in the database is here, and only here.',
  roles,
  writes: false,
  query: z.strictObject({
    limit: PageLimit,
    cursor: PageCursor,
    kind: z.enum(ARCHIVE_KINDS).optional(),
    of: z
      .uuid()
      .optional()
      .meta({
        description:
          'Only files that may have rows of this id: a customer, account or member of `history`, an account, a transaction or a transfer of ' +
          '`transactions`, else a delivery.',
      }),
  }),
  success: {
    status: 200,
    description: 'A page of archives.',
    body: pageOf(Archive).meta({ id: 'ArchivePage' }),
    example: { items: [example], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getArchive = operation({
  id: 'getArchive',
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/archives/{id}',
  tag: 'Archives',
  summary: 'Get a file of the archive',
  description: '`file.url` is where it can be downloaded.',
  roles,
  writes: false,
  params,
  success: { status: 200, description: 'The archive.', body: Archive, example },
  problems: ['invalid-request', 'not-found'],
});

export const listArchivedRows = operation({
  id: 'listArchivedRows',
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/archives/{id}/rows',
  tag: 'Archives',
  summary: 'Read in a file of the archive',
  description: 'Its rows in their order, or those of one thing, without downloading the file.',
  roles,
  writes: false,
  params,
  query: z.strictObject({
    limit: PageLimit,
    cursor: PageCursor,
    of: z.uuid().optional().meta({ description: 'Only rows of this id, as in the list of archives.' }),
  }),
  success: {
    status: 200,
    description: 'A page of rows.',
    body: pageOf(ArchivedRow).meta({ id: 'ArchivedRowPage' }),
    example: {
      items: [
        {
          aggregate: 'customer',
          aggregateId: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
          version: 2,
          change: 'updated',
          changedAt: '2025-11-21T14:00:00.000Z',
          actor: 'f3a1',
          traceId: 'f0c4036820164e8a8919cad15973feaa',
          before: { name: 'Ada' },
          after: { name: 'Ada Lovelace' },
        },
      ],
      page: { next: null, limit: 50 },
    },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found'],
});

export type Archive = z.infer<typeof Archive>;
