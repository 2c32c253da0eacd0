import type { Collection, Db, MongoClient } from 'mongodb';
import type { LoggedEvent } from '../event-log/event-chain.ts';
import type { Log } from '../telemetry/log.ts';
import type { MongoLogin } from './mongo-login.ts';

/** How far a tenant's documents are. Lives beside them, so that whoever loses them loses it as well, and begins anew. */
export interface DocumentPosition {
  /** The tenant's id. */
  readonly _id: string;
  /** Another one for each beginning: who works on an earlier one finds that it is gone. */
  readonly epoch: string;
  /** Events up to this one are copied, and its hash in hex. */
  readonly seq: number;
  readonly hash: string;
  /** Profiles were made from the rows when the log was that long; only later events change them. */
  readonly profilesFrom: number;
  /** Profiles of customers up to this id are made; the highest UUID when all are. */
  readonly filledTo: string;
}

/** A copy of an event of the log, with who did it. Its data is text, to the byte: the hash is over it, and BSON would keep other numbers. */
export interface AuditDocument extends LoggedEvent {
  /** `<tenantId>/<seq>`. */
  readonly _id: string;
  readonly tenantId: string;
  readonly seq: number;
  readonly hash: string;
  readonly actor: string | null;
  readonly change: string | null;
}

/** A customer's profile. */
export interface ProfileDocument {
  /** `<tenantId>/<customerId>`. */
  readonly _id: string;
  readonly tenantId: string;
  /** Absent in documents of an earlier release. */
  readonly reading?: ProfileReading;
}

/** What was read of a customer at once. Readings are compared field by field, so `seq` is the first one: the later reading is the greater. */
export interface ProfileReading {
  /** How long the log was when it was read: an older reading never replaces a newer one. */
  readonly seq: number;
  /** Which versions it is made of. Null: the customer is gone. */
  readonly stamp: string | null;
  /** JSON text, as the API answers it: keys with dots and numbers of any length are what they were. */
  readonly profile: string | null;
}

/** Where the documents of a cell are. */
export interface Documents {
  readonly positions: Collection<DocumentPosition>;
  readonly audit: Collection<AuditDocument>;
  readonly profiles: Collection<ProfileDocument>;
}

/** What a call may take; one that takes longer has failed. */
const LIMIT_MS = 5000;
/** For so long nobody waits for a server that was just found to be away. */
const AWAY_MS = 3000;

/** The server is away, or does not do what it is asked. */
export class DocumentsAway extends Error {
  override readonly name = 'DocumentsAway';
}

/**
 * The cell's document server. Nothing is connected before it is used, and nobody waits long for a server that is away. What is read from it can be read from PostgreSQL
 * as well.
 */
export class MongoDocuments {
  readonly #login: MongoLogin;
  readonly #name: string;
  readonly #log: Log;
  #opened: Promise<MongoClient> | undefined;
  #awayUntil = 0;

  constructor(login: MongoLogin, name: string, log: Log) {
    this.#login = login;
    this.#name = name;
    this.#log = log;
  }

  /** @throws DocumentsAway */
  async use<T>(work: (documents: Documents) => Promise<T>): Promise<T> {
    if (performance.now() < this.#awayUntil) throw new DocumentsAway('the document server was away a moment ago');
    try {
      const database = (await this.#client()).db(this.#login.database);
      return await work(collectionsOf(database));
    } catch (error) {
      if (isRefusal(error)) throw error;
      this.#awayUntil = performance.now() + AWAY_MS;
      this.#log.warn({ err: error }, 'the document server is away');
      throw new DocumentsAway('the document server is away', { cause: error });
    }
  }

  /** Indexes of everything that is read by anything but its id. Making one that is there does nothing. */
  async prepare(): Promise<void> {
    await this.use(async ({ audit, profiles }) => {
      await audit.createIndex({ tenantId: 1, seq: -1 });
      await audit.createIndex({ tenantId: 1, actor: 1, seq: -1 });
      await audit.createIndex({ tenantId: 1, subject: 1, seq: -1 });
      await profiles.createIndex({ tenantId: 1 });
    });
  }

  async close(): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.close().catch(() => {});
  }

  async #client(): Promise<MongoClient> {
    this.#opened ??= this.#open();
    return await this.#opened;
  }

  async #open(): Promise<MongoClient> {
    const { MongoClient } = await import('./mongo-client.ts');
    const { url, auth, ca } = this.#login;
    // Connects with the first command, and again whenever it has to.
    return new MongoClient(url, {
      appName: this.#name,
      maxPoolSize: 8,
      serverSelectionTimeoutMS: 1000,
      connectTimeoutMS: 1000,
      socketTimeoutMS: LIMIT_MS,
      // Amazon's service knows neither kind of retry, and everything here is repeated by who asked.
      retryWrites: false,
      retryReads: false,
      // What was acknowledged is not rolled back when another member becomes the primary.
      writeConcern: { w: 'majority' },
      ...(auth === undefined ? {} : { auth }),
      ...(ca === undefined ? {} : { tls: true, ca }),
    });
  }
}

function collectionsOf(database: Db): Documents {
  return {
    positions: database.collection<DocumentPosition>('positions'),
    audit: database.collection<AuditDocument>('audit'),
    profiles: database.collection<ProfileDocument>('customer_profiles'),
  };
}

/** An id that is taken: an answer, not an absence. */
export function isTaken(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 11_000;
}

/** Of many documents that were to be added the places of those whose id was taken. @throws `error` when anything else failed. */
export function placesTaken(error: unknown): number[] {
  const { writeErrors } = error as { readonly writeErrors?: readonly { readonly index: number }[] };
  if (!isTaken(error) || writeErrors === undefined || !writeErrors.every(isTaken)) throw error;
  return writeErrors.map(({ index }) => index);
}

/** Not about the server at all: what the work itself threw. */
function isRefusal(error: unknown): boolean {
  return isTaken(error) || !(error instanceof Error && /^Mongo|^BSON/.test(error.name));
}
