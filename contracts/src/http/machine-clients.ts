import { z } from 'zod';
import { operation } from './operation.ts';
import { filledText } from './text.ts';

/** Machine clients a tenant may have; the database counts them. */
export const MACHINE_CLIENTS_MAX = 20;
/** Longest overlap of a rotation: a week to bring the new secret everywhere. */
export const OVERLAP_SECONDS_MAX = 604_800;

/** What a program can be in a tenant. Never an admin: nobody should be able to make members with a secret from a file. */
export const MACHINE_ROLES = ['machine', 'editor', 'viewer'] as const;
export type MachineRole = (typeof MACHINE_ROLES)[number];

const Instant = z.iso.datetime({ precision: 3 });

const credentialExample = {
  clientId: 'machine-019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d41-1',
  createdAt: '2026-11-22T14:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-11-22T15:10:00.000Z',
} as const;
const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d41',
  name: 'nightly sync',
  role: 'machine',
  credentials: [credentialExample],
  createdBy: 'f1b7a7a2-3c64-4a53-8f0e-6d7f0f9f2c11',
  createdAt: '2026-11-22T14:00:00.000Z',
} as const;
const secretExample = { clientId: credentialExample.clientId, clientSecret: '2fT0…', tokenUrl: 'https://id.example.org/realms/tenantry/…' };

const MachineCredential = z
  .strictObject({
    clientId: z.string().meta({ description: 'What the program gives as `client_id`.' }),
    createdAt: Instant,
    expiresAt: Instant.nullable().meta({ description: 'Set while a rotation overlaps: refused from then on.' }),
    lastUsedAt: Instant.nullable().meta({ description: 'To within a few minutes.' }),
  })
  .meta({ id: 'MachineCredential' });

/** A program that acts for the tenant, with one credential, or two while a rotation overlaps. Secrets are never shown again. */
export const MachineClient = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    role: z.enum(MACHINE_ROLES),
    credentials: z.array(MachineCredential).meta({ description: 'Newest first.' }),
    createdBy: z.string().meta({ description: 'Subject of the admin who made it.' }),
    createdAt: Instant,
  })
  .meta({ id: 'MachineClient', example });

/** A machine client with the secret that was just made. */
export const MachineClientWithSecret = z
  .strictObject({
    machineClient: MachineClient,
    secret: z
      .strictObject({ clientId: z.string(), clientSecret: z.string(), tokenUrl: z.url() })
      .nullable()
      .meta({ description: 'Given once. Null in a repeated answer (`Idempotent-Replayed`): it is stored nowhere; rotate if it was lost.' }),
  })
  .meta({ id: 'MachineClientWithSecret' });

export const NewMachineClient = z
  .strictObject({ name: filledText(100), role: z.enum(MACHINE_ROLES).default('machine') })
  .meta({ id: 'NewMachineClient', example: { name: 'nightly sync', role: 'machine' } });

export const SecretRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .default(86_400)
      .meta({ description: 'How long the old secret stays good beside the new one. 0 ends it with the answer.' }),
  })
  .meta({ id: 'SecretRotation', example: { overlapSeconds: 3600 } });

const MachineClientList = z.strictObject({ items: z.array(MachineClient) }).meta({ id: 'MachineClientList' });
const params = z.strictObject({ id: z.uuid() });
const admins = ['admin'] as const;
const away = 'Needs the identity provider: while it is away the answer is 503 with Retry-After.';
const replayed = { 'Idempotent-Replayed': '`true` when the answer of an earlier request is repeated, then without its secret.' };
const making = [
  'malformed-json',
  'invalid-request',
  'tenant-read-only',
  'change-under-way',
  'limit-reached',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
] as const;

export const listMachineClients = operation({
  id: 'listMachineClients',
  method: 'GET',
  path: '/v1/machine-clients',
  tag: 'Machine clients',
  summary: 'List the machine clients',
  description: `All of them, newest first; a tenant has at most ${MACHINE_CLIENTS_MAX}. The platform’s own client of the tenant is not among them.`,
  roles: admins,
  writes: false,
  success: { status: 200, description: 'The machine clients.', body: MachineClientList, example: { items: [example] } },
  problems: ['invalid-request'],
});

export const createMachineClient = operation({
  id: 'createMachineClient',
  method: 'POST',
  path: '/v1/machine-clients',
  tag: 'Machine clients',
  summary: 'Create a machine client',
  description: `The answer holds its secret, once. The program gets tokens by the OAuth 2 client credentials grant at \`tokenUrl\`. ${away}`,
  roles: admins,
  writes: true,
  idempotent: true,
  servedBy: 'platform',
  body: { kind: 'json', schema: NewMachineClient, example: { name: 'nightly sync', role: 'machine' } },
  success: {
    status: 201,
    description: 'The machine client and its secret.',
    body: MachineClientWithSecret,
    example: { machineClient: { ...example, credentials: [{ ...credentialExample, lastUsedAt: null }] }, secret: secretExample },
    headers: { Location: 'Address of the machine client.', ...replayed },
  },
  problems: [...making, 'machine-client-exists'],
});

export const rotateMachineClient = operation({
  id: 'rotateMachineClient',
  method: 'POST',
  path: '/v1/machine-clients/{id}/rotate',
  tag: 'Machine clients',
  summary: 'Give a machine client a new secret',
  description:
    'Makes a second credential, with a client id of its own, and lets the first one end after the overlap. A client has two at most: the next rotation has to ' +
    `wait for the end of the overlap. ${away}`,
  roles: admins,
  writes: true,
  idempotent: true,
  servedBy: 'platform',
  params,
  body: { kind: 'json', schema: SecretRotation, example: { overlapSeconds: 3600 } },
  success: {
    status: 201,
    description: 'The machine client and its new secret.',
    body: MachineClientWithSecret,
    example: { machineClient: example, secret: secretExample },
    headers: replayed,
  },
  problems: [...making, 'not-found', 'rotation-under-way'],
});

export const deleteMachineClient = operation({
  id: 'deleteMachineClient',
  method: 'DELETE',
  path: '/v1/machine-clients/{id}',
  tag: 'Machine clients',
  summary: 'Delete a machine client',
  description: `Its secrets are refused and its tokens end within a moment. What it did stays in history. ${away}`,
  roles: admins,
  writes: true,
  servedBy: 'platform',
  params,
  success: { status: 204, description: 'Deleted.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'change-under-way'],
});

export type MachineClient = z.infer<typeof MachineClient>;
export type MachineClientWithSecret = z.infer<typeof MachineClientWithSecret>;
export type NewMachineClient = z.infer<typeof NewMachineClient>;
export type SecretRotation = z.infer<typeof SecretRotation>;
