import { randomBytes } from 'node:crypto';
import { MACHINE_CLIENTS_MAX, type MachineClient, type MachineClientWithSecret, type NewMachineClient } from '@tenantry/contracts';
import { type Answer, answerParameter, type IdempotencyKey } from '../../journal/idempotency-keys.ts';
import type { IdentityDirectory } from '../../keycloak/port.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import * as clients from './machine-client-repository.ts';

interface MachineClientServiceParts {
  readonly door: Door;
  readonly directory: IdentityDirectory;
  readonly tokenUrl: string;
  readonly log: Log;
}

/** How an answer is made from what was made. */
type AnswerOf = (made: MachineClientWithSecret) => Answer & { readonly body: string };

/**
 * Machine clients of a tenant. Each credential is a client of Keycloak whose secret is made here, set there, told once and stored nowhere. A row
 * says what is being made before it is made: a request that is repeated goes on with it, and one that is not has it taken back.
 */
export class MachineClientService {
  readonly #parts: MachineClientServiceParts;

  constructor(parts: MachineClientServiceParts) {
    this.#parts = parts;
  }

  async list(tenant: Tenant): Promise<MachineClient[]> {
    return this.#parts.door.read(tenant, (tx) => clients.findMachineClients(tx));
  }

  /** @throws Problem machine-client-exists, limit-reached, change-under-way; IdentityProviderAway. */
  async create(
    tenant: Tenant,
    wanted: NewMachineClient,
    author: clients.Author,
    key: IdempotencyKey | undefined,
    answerOf: AnswerOf,
  ): Promise<Answer> {
    const begun = (await this.#begun(tenant, key)) ?? (await this.#intent(tenant, wanted, author, key));
    return this.#make(tenant, begun, 0, key, answerOf);
  }

  /** @throws Problem not-found, rotation-under-way, change-under-way; IdentityProviderAway. */
  async rotate(
    tenant: Tenant,
    id: string,
    overlapSeconds: number,
    author: clients.Author,
    key: IdempotencyKey | undefined,
    answerOf: AnswerOf,
  ): Promise<Answer> {
    const begun = (await this.#begun(tenant, key)) ?? (await this.#rotation(tenant, id, author, key));
    const answer = await this.#make(tenant, begun, overlapSeconds, key, answerOf);
    if (overlapSeconds === 0) await this.#finishLater(tenant, id);
    return answer;
  }

  /** Its tokens are refused from now on, whatever becomes of Keycloak in the next moment. @throws Problem not-found. */
  async remove(tenant: Tenant, id: string, author: clients.Author): Promise<void> {
    const removed = await this.#parts.door.write(tenant, (tx) => clients.removeMachineClient(tx, id, author));
    if (!removed) throw notFound();
    await this.#finishLater(tenant, id);
  }

  /** Ends credentials whose time is over, and those nobody has finished making. @throws IdentityProviderAway. */
  async finish(tenant: Tenant, id: string): Promise<void> {
    const { door, directory } = this.#parts;
    const ending = await door.write(tenant, (tx) => clients.claimEnding(tx, id));
    for (const { clientId } of ending) await directory.endCredential(clientId);
    const ended = ending.map(({ clientId }) => clientId);
    await door.write(tenant, (tx) => clients.endCredentials(tx, id, ended));
  }

  async #finishLater(tenant: Tenant, id: string): Promise<void> {
    await this.finish(tenant, id).catch((error: unknown) => {
      this.#parts.log.warn({ err: error, tenantId: tenant.tenantId }, 'the end of a machine client is left for later');
    });
  }

  /** What an earlier try of this request has begun and not ended. */
  async #begun(tenant: Tenant, key: IdempotencyKey | undefined): Promise<clients.CredentialRow | undefined> {
    if (key === undefined) return undefined;
    const { door } = this.#parts;
    const row = await door.read(tenant, (tx) => clients.findUnfinished(tx, key.key));
    if (row === undefined) return undefined;
    const claimed = await door.write(tenant, (tx) => clients.claimCredential(tx, row.clientId));
    if (claimed === undefined) {
      throw new Problem('change-under-way', 'An earlier request with this key is still being carried out. Repeat in a moment.', {
        headers: { 'retry-after': '5' },
      });
    }
    return row;
  }

  async #intent(tenant: Tenant, wanted: NewMachineClient, author: clients.Author, key: IdempotencyKey | undefined) {
    const { door } = this.#parts;
    await this.#reach(tenant);
    for (let left = MACHINE_CLIENTS_MAX; ; left -= 1) {
      try {
        const row = await door.write(tenant, (tx) => clients.createMachineClient(tx, wanted, author, key?.key));
        if (row === undefined) throw new Problem('limit-reached', `A tenant has at most ${MACHINE_CLIENTS_MAX} machine clients.`);
        return row;
      } catch (error) {
        const constraint = brokenUnique(error);
        if (constraint === 'machine_clients_name_unique') {
          throw new Problem('machine-client-exists', 'Another machine client of this tenant has this name.', {
            cause: error,
            errors: [{ pointer: '/name', detail: 'is taken' }],
          });
        }
        // Another request took the slot in this moment: there may be a further one.
        if (constraint !== 'machine_clients_slot_unique' || left === 0) throw error;
      }
    }
  }

  async #rotation(tenant: Tenant, id: string, author: clients.Author, key: IdempotencyKey | undefined): Promise<clients.CredentialRow> {
    const { door } = this.#parts;
    await this.#reach(tenant);
    try {
      const row = await door.write(tenant, (tx) => clients.rotateMachineClient(tx, id, author, key?.key));
      if (row === undefined) throw notFound();
      return row;
    } catch (error) {
      if (brokenUnique(error) === undefined) throw error;
      throw new Problem('rotation-under-way', 'This machine client has two secrets already. Rotate again when the older one has ended.', {
        cause: error,
      });
    }
  }

  async #reach({ organizationId }: Tenant): Promise<void> {
    await this.#parts.directory.reach(organizationId ?? '');
  }

  async #make(
    tenant: Tenant,
    credential: clients.CredentialRow,
    overlapSeconds: number,
    key: IdempotencyKey | undefined,
    answerOf: AnswerOf,
  ): Promise<Answer> {
    const { door, directory, tokenUrl } = this.#parts;
    const { clientId, machineClient: id } = credential;
    const { tenantId, organizationId } = tenant;
    if (organizationId === null) throw new Error('a tenant without an organization was served');
    const client = await door.read(tenant, (tx) => clients.findMachineClient(tx, id));
    if (client === undefined) throw notFound();
    const clientSecret = randomBytes(32).toString('base64url');
    const wanted = { clientId, tenantId, organizationId, role: client.role, secret: clientSecret };
    const subject = await directory.makeCredential(wanted).catch(async (error: unknown) => {
      // Without it the claim ends by itself, a little later.
      await door.write(tenant, (tx) => clients.releaseCredential(tx, clientId)).catch(() => {});
      throw error;
    });

    // A little in the past for no overlap: the database's clock may be behind ours.
    const othersEndAt = new Date(Date.now() + (overlapSeconds === 0 ? -1000 : overlapSeconds * 1000));
    const machineClient = withNewest(client, credential, overlapSeconds === 0 ? undefined : othersEndAt);
    const answer = answerParameter(key, answerOf({ machineClient, secret: null }));
    const finished = await door.write(tenant, (tx) => clients.finishCredential(tx, clientId, subject, othersEndAt, answer));
    if (finished) return answerOf({ machineClient, secret: { clientId, clientSecret, tokenUrl } });
    await directory.endCredential(clientId);
    throw new Problem('unavailable', 'The machine client was removed meanwhile, or making its secret took too long. Look and repeat.', {
      headers: { 'retry-after': '1' },
    });
  }
}

/** The client as it is once its newest credential is good. */
function withNewest(client: MachineClient, { clientId, createdAt }: clients.CredentialRow, othersEndAt: Date | undefined): MachineClient {
  const newest = { clientId, createdAt: createdAt.toISOString(), expiresAt: null, lastUsedAt: null };
  const others = client.credentials.map((each) => ({ ...each, expiresAt: othersEndAt?.toISOString() ?? null }));
  return { ...client, credentials: othersEndAt === undefined ? [newest] : [newest, ...others] };
}

function notFound(): Problem {
  return new Problem('not-found', 'There is no such machine client.');
}
