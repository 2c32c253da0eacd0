import type { MachineClient, MachineRole } from '@tenantry/contracts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import * as statements from './machine-client-statements.ts';

/** Who changes something, and under which trace. */
export interface Author {
  readonly actor: string;
  readonly traceId: string;
}

/** A credential as stored. Its secret is not: only the identity provider has it. */
export interface CredentialRow {
  readonly machineClient: string;
  readonly generation: number;
  readonly clientId: string;
  readonly state: 'making' | 'active' | 'ended';
  readonly createdAt: Date;
}

/** Newest first; those whose first secret was made. */
export async function findMachineClients(tx: TenantTransaction): Promise<MachineClient[]> {
  return (await tx.run(statements.findMachineClients, [null, false])).map(machineClientOf);
}

/** Also one whose first secret is still being made. */
export async function findMachineClient(tx: TenantTransaction, id: string): Promise<MachineClient | undefined> {
  return (await tx.run(statements.findMachineClients, [id, true])).map(machineClientOf)[0];
}

export async function findUnfinished(tx: TenantTransaction, requestKey: string): Promise<CredentialRow | undefined> {
  return first(tx.run(statements.findUnfinished, [requestKey]));
}

/** Undefined when somebody else is at it. */
export async function claimCredential(tx: TenantTransaction, clientId: string): Promise<CredentialRow | undefined> {
  return first(tx.run(statements.claimCredential, [clientId]));
}

/** Undefined when the tenant has as many as it may have. @throws the database's error, 23505 when the name is taken or a slot was taken just now. */
export async function createMachineClient(
  tx: TenantTransaction,
  client: { readonly name: string; readonly role: MachineRole },
  author: Author,
  requestKey: string | undefined,
): Promise<CredentialRow | undefined> {
  const id = uuidv7();
  const at = new Date().toISOString();
  const values = [id, client.name, client.role, `${clientIdPrefix(id)}1`, requestKey ?? null, at, author.actor, author.traceId];
  return first(tx.run(statements.createMachineClient, values));
}

/** Undefined when there is no such client. @throws the database's error, 23505 when it has two credentials. */
export async function rotateMachineClient(
  tx: TenantTransaction,
  id: string,
  author: Author,
  requestKey: string | undefined,
): Promise<CredentialRow | undefined> {
  const at = new Date().toISOString();
  const values = [id, clientIdPrefix(id), requestKey ?? null, at, author.actor, author.traceId];
  return first(tx.run(statements.rotateMachineClient, values));
}

export async function releaseCredential(tx: TenantTransaction, clientId: string): Promise<void> {
  await tx.run(statements.releaseCredential, [clientId]);
}

/** False when it was given up meanwhile. @throws the database's error, 23505 when the key was used. */
export async function finishCredential(
  tx: TenantTransaction,
  clientId: string,
  subject: string,
  othersEndAt: Date,
  answer: string | null,
): Promise<boolean> {
  return (await tx.run(statements.finishCredential, [clientId, subject, othersEndAt, answer])).length === 1;
}

/** False when there is no such client. */
export async function removeMachineClient(tx: TenantTransaction, id: string, author: Author): Promise<boolean> {
  return (await tx.run(statements.removeMachineClient, [id, new Date().toISOString(), author.actor, author.traceId])).length === 1;
}

/** Credentials that have to end now and that nobody else is at. */
export async function claimEnding(tx: TenantTransaction, id: string): Promise<CredentialRow[]> {
  return (await tx.run(statements.claimEnding, [id])) as unknown as CredentialRow[];
}

/** These have ended, and this is when to look at the client again. */
export async function endCredentials(tx: TenantTransaction, id: string, clientIds: readonly string[]): Promise<void> {
  const ended = clientIds.map((clientId) => tx.run(statements.endCredential, [clientId]));
  await Promise.all([...ended, tx.run(statements.scheduleNext, [id])]);
}

/** Not the slug: ids are never given again, and Keycloak's administrators need not know who it is. */
const clientIdPrefix = (id: string): string => `machine-${id}-`;

function machineClientOf(row: Record<string, unknown>): MachineClient {
  const { credentials, createdAt, ...client } = row as unknown as Omit<MachineClient, 'createdAt'> & { createdAt: Date };
  const instant = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());
  return {
    ...client,
    credentials: credentials.map(({ clientId, createdAt: at, expiresAt, lastUsedAt }) => ({
      clientId,
      createdAt: new Date(at).toISOString(),
      expiresAt: instant(expiresAt),
      lastUsedAt: instant(lastUsedAt),
    })),
    createdAt: createdAt.toISOString(),
  };
}

async function first<T>(rows: Promise<Record<string, unknown>[]>): Promise<T | undefined> {
  return (await rows)[0] as unknown as T | undefined;
}
