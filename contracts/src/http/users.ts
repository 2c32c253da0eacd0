import { z } from 'zod';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';

/** What a person can be in a tenant. */
export const MEMBER_ROLES = ['admin', 'editor', 'viewer'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

const Instant = z.iso.datetime({ precision: 3 });

const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d31',
  subject: 'f1b7a7a2-3c64-4a53-8f0e-6d7f0f9f2c11',
  email: 'grace@example.org',
  name: 'Grace Hopper',
  role: 'editor',
  status: 'active',
  invitation: { sentAt: '2026-11-22T14:00:00.000Z', mail: 'sent' },
  lastSeenAt: '2026-11-22T15:10:00.000Z',
  pending: false,
  version: 1,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** A person who is a member of the tenant. */
export const User = z
  .strictObject({
    id: z.uuid(),
    subject: z
      .string()
      .nullable()
      .meta({ description: 'Who the person is in tokens and in `actor` of every history; null until the account exists.' }),
    email: z.string().nullable(),
    name: z.string().nullable().meta({ description: 'Null until the person has signed in for this tenant.' }),
    role: z.enum(MEMBER_ROLES),
    status: z.enum(['invited', 'active', 'deactivated']).meta({ description: '`invited` until the person has signed in for this tenant.' }),
    invitation: z
      .strictObject({
        sentAt: Instant,
        mail: z.enum(['pending', 'sent', 'not-sent', 'not-needed']).meta({
          description:
            'The mail that asks the person to complete the account. `not-sent`: there is no mail server, or it refused; `not-needed`: the account is complete.',
        }),
      })
      .nullable(),
    lastSeenAt: Instant.nullable().meta({ description: 'To within a few minutes.' }),
    pending: z.boolean().meta({ description: 'The identity provider has yet to hear of the last change; it is repeated until it has.' }),
    version: z.int().min(1),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'User', example });

/** The body of POST. */
export const Invitation = z
  .strictObject({ email: z.email().max(254), role: z.enum(MEMBER_ROLES) })
  .meta({ id: 'Invitation', example: { email: 'grace@example.org', role: 'editor' } });

/** The body of PATCH: at least one of the two. */
export const UserPatch = z
  .strictObject({ role: z.enum(MEMBER_ROLES), status: z.enum(['active', 'deactivated']) })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'UserPatch', example: { role: 'viewer' } });

const UserPage = pageOf(User).meta({ id: 'UserPage' });
const params = z.strictObject({
  id: z.uuid().meta({ description: 'The `id`, or the `subject` as a history’s `actor` has it.' }),
});
const etag = { ETag: 'The version in quotes; send it back as If-Match.' };
const admins = ['admin'] as const;
const away = 'Needs the identity provider: while it is away the answer is 503 with Retry-After.';

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/v1/users',
  tag: 'Users',
  summary: 'List the members of the tenant',
  description: `By email address. Members found in the identity provider are listed whoever put them there. ${away}`,
  roles: admins,
  writes: false,
  servedBy: 'platform',
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of members.',
    body: UserPage,
    example: { items: [example], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getUser = operation({
  id: 'getUser',
  method: 'GET',
  path: '/v1/users/{id}',
  tag: 'Users',
  summary: 'Get a member',
  description: away,
  roles: admins,
  writes: false,
  servedBy: 'platform',
  params,
  success: { status: 200, description: 'The member.', body: User, example, headers: etag },
  problems: ['invalid-request', 'not-found'],
});

export const inviteUser = operation({
  id: 'inviteUser',
  method: 'POST',
  path: '/v1/users',
  tag: 'Users',
  summary: 'Invite a person',
  description:
    'Makes the person a member with this role; an account is made when there is none for the address, and a mail asks them to complete it. ' +
    'Without a mail server the account is made all the same and `invitation.mail` says `not-sent`. An address that is a member already is refused. ' +
    away,
  roles: admins,
  writes: true,
  idempotent: true,
  servedBy: 'platform',
  body: { kind: 'json', schema: Invitation, example: { email: 'grace@example.org', role: 'editor' } },
  success: {
    status: 201,
    description: 'The member.',
    body: User,
    example: { ...example, name: null, status: 'invited', lastSeenAt: null },
    headers: {
      ...etag,
      Location: 'Address of the member.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'user-exists',
    'change-under-way',
    'limit-reached',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const remindUser = operation({
  id: 'remindUser',
  method: 'POST',
  path: '/v1/users/{id}/invitation',
  tag: 'Users',
  summary: 'Send the invitation again',
  description:
    'Sends the mail that asks the person to complete the account, when something is left to complete, and once a minute at most; `invitation` says what ' +
    `became of it. With the same Idempotency-Key it is sent once. ${away}`,
  roles: admins,
  writes: true,
  idempotent: true,
  servedBy: 'platform',
  params,
  success: {
    status: 200,
    description: 'The member.',
    body: User,
    example: { ...example, name: null, status: 'invited', lastSeenAt: null },
    headers: { ...etag, 'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.' },
  },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'change-under-way', 'idempotency-key-reused'],
});

export const updateUser = operation({
  id: 'updateUser',
  method: 'PATCH',
  path: '/v1/users/{id}',
  tag: 'Users',
  summary: 'Change a member’s role, deactivate or reactivate them',
  description:
    'A deactivated member keeps their place here and their other tenants, and can do nothing in this one. Tokens from before the change are refused ' +
    'within a moment by every replica; new ones say what is true now. The last active admin can be neither demoted nor deactivated. ' +
    away,
  roles: admins,
  writes: true,
  conditional: true,
  servedBy: 'platform',
  params,
  body: { kind: 'merge-patch', schema: UserPatch, example: { role: 'viewer' } },
  success: {
    status: 200,
    description: 'The member as changed.',
    body: User,
    example: { ...example, role: 'viewer', version: 2 },
    headers: etag,
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'last-admin',
    'change-under-way',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'if-match-missing',
  ],
});

export const removeUser = operation({
  id: 'removeUser',
  method: 'DELETE',
  path: '/v1/users/{id}',
  tag: 'Users',
  summary: 'Remove a member',
  description: `Ends the membership; the account and its other tenants stay. The last active admin cannot be removed. ${away}`,
  roles: admins,
  writes: true,
  conditional: true,
  servedBy: 'platform',
  params,
  success: { status: 204, description: 'Removed.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'last-admin', 'change-under-way', 'version-stale', 'if-match-missing'],
});

export type User = z.infer<typeof User>;
export type Invitation = z.infer<typeof Invitation>;
export type UserPatch = z.infer<typeof UserPatch>;
