import { type Customer, type CustomerPatch, NewCustomer } from '@tenantry/contracts';
import type { AttributeRules } from '../../attributes/attribute-rules.ts';
import { AttributeSchemas } from '../../attributes/attribute-schemas.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { TenantStatement } from '../../postgres/statement.ts';
import { countChunk, importStatement, sendChunk } from '../../transfer/import-statement.ts';
import type { ImportChunk, ImportContext, ImportEntry, ImportTarget, PreparedImport, Refusal } from '../../transfer/import-target.ts';
import { refusalOf } from '../../transfer/refusal-of.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import * as statements from './customer-import-statements.ts';
import { applyPatch } from './merge-patch.ts';

/** A row of a file: what a new customer would be, and which fields the file says anything about. */
interface CustomerRow {
  readonly customer: NewCustomer;
  readonly given: CustomerPatch;
}

type Entry = ImportEntry<CustomerRow>;
type Chunk = ImportChunk<CustomerRow>;

/** Customers from a file. Written as POST and PATCH write them: row, history and event, many in one statement. */
export const customerImport: ImportTarget<CustomerRow> = {
  resource: 'customers',
  fields: [
    { name: 'externalId', kind: 'text' },
    { name: 'name', kind: 'text' },
    { name: 'email', kind: 'text' },
    { name: 'phone', kind: 'text' },
    { name: 'status', kind: 'text' },
    { name: 'segment', kind: 'text' },
    { name: 'tags', kind: 'list' },
    { name: 'attributes', kind: 'json' },
    ...['id', 'version', 'createdAt', 'updatedAt'].map((name) => ({ name, kind: 'text', readOnly: true }) as const),
  ],
  supports: () => true,
  prepare: async (context) => {
    const rules = await new AttributeSchemas(context.door).current(context.tenant);
    const writer = new CustomerImport(context, rules);
    const prepared: PreparedImport<CustomerRow> = {
      parse: (fields) => parse(fields, rules),
      write: (chunk) => writer.write(chunk),
      check: (chunk) => writer.check(chunk),
      explain,
    };
    if (context.rules.onConflict !== 'update') return prepared;
    return { ...prepared, exclusive: ({ customer }) => keyOf(customer, context.rules.match) };
  },
};

function parse(fields: Readonly<Record<string, unknown>>, rules: AttributeRules): { value: CustomerRow } | { refusal: Refusal } {
  const result = NewCustomer.safeParse(fields);
  if (!result.success) return { refusal: refusalOf(result.error) };
  const [mistake] = rules.mistakes(result.data.attributes);
  if (mistake !== undefined) {
    return {
      refusal: { code: 'invalid-value', field: mistake.pointer.slice(1).replaceAll('/', '.').slice(0, 200), message: mistake.detail },
    };
  }
  // Of the checked values those the file has: the others are defaults, which must not overwrite what is there.
  const given = Object.fromEntries(Object.entries(result.data).filter(([name]) => Object.hasOwn(fields, name)));
  return { value: { customer: result.data, given } };
}

function explain(error: unknown): Refusal {
  const constraint = brokenUnique(error);
  if (constraint === undefined) return { code: 'refused', field: null, message: 'the database does not take this row' };
  const field = constraint === 'customers_email_unique' ? 'email' : constraint.includes('external_id') ? 'externalId' : null;
  return { code: 'conflict', field, message: 'is taken by another customer' };
}

const keyOf = (customer: NewCustomer, match: 'externalId' | 'email'): string | undefined =>
  match === 'externalId' ? (customer.externalId ?? undefined) : customer.email?.toLowerCase();

const valuesOf = (entries: readonly Entry[]) =>
  entries.flatMap(({ row, value, original }) => (value === undefined ? [] : [{ row, original, ...value }]));

interface Existing {
  readonly id: string;
  readonly version: number;
  readonly document: string;
  readonly key: string;
}

class CustomerImport {
  readonly #context: ImportContext;
  readonly #rules: AttributeRules;

  constructor(context: ImportContext, rules: AttributeRules) {
    this.#context = context;
    this.#rules = rules;
  }

  async write(chunk: Chunk): Promise<boolean> {
    const { door, tenant, rules } = this.#context;
    if (rules.onConflict === 'update') return await this.#writeWithUpdates(chunk);
    const rows = valuesOf(chunk.entries).map((entry) => this.#newRow(entry));
    try {
      return await door.write(tenant, (tx) => sendChunk(tx, createRows, chunk, rows, this.#who(), this.#rules.version));
    } catch (error) {
      if (brokenUnique(error) === undefined) throw error;
      // A row that conflicts is left out and told; costs a third more, and files seldom have one.
      const isSkip = rules.onConflict === 'skip';
      return await door.write(tenant, (tx) => sendChunk(tx, createPossibleRows, chunk, rows, this.#who(), this.#rules.version, isSkip));
    }
  }

  async check(chunk: Chunk): Promise<boolean> {
    const { door, tenant, rules } = this.#context;
    const values = valuesOf(chunk.entries);
    const taken = await this.#taken(values.map(({ customer }) => customer));
    const existing = rules.onConflict === 'update' ? await this.#existing(values) : new Map<string, Existing>();
    const counts = { created: 0, updated: 0, skipped: 0 };
    const entries = chunk.entries.map((entry): Entry => {
      if (entry.refusal !== undefined) return entry;
      const { customer, given } = entry.value as CustomerRow;
      const email = customer.email?.toLowerCase();
      const key = rules.onConflict === 'update' ? keyOf(customer, rules.match) : undefined;
      const same = key === undefined ? undefined : taken[rules.match].get(key);
      const byEmail = email === undefined ? undefined : taken.email.get(email);
      const byExternalId = customer.externalId === null ? undefined : taken.externalId.get(customer.externalId);
      const field =
        byEmail !== undefined && byEmail !== same
          ? 'email'
          : byExternalId !== undefined && byExternalId !== same
            ? 'externalId'
            : undefined;
      if (field === undefined) {
        const before = key === undefined ? undefined : existing.get(key);
        counts[same === undefined ? 'created' : before && this.#changedRow(before, given) === undefined ? 'skipped' : 'updated'] += 1;
        // The rest of the chunk meets this row as the database would.
        const id = same ?? `row ${entry.row}`;
        if (email !== undefined) taken.email.set(email, id);
        if (customer.externalId !== null) taken.externalId.set(customer.externalId, id);
        return entry;
      }
      if (rules.onConflict === 'skip') {
        counts.skipped += 1;
        return entry;
      }
      return { row: entry.row, original: entry.original, refusal: { code: 'conflict', field, message: 'is taken by another customer' } };
    });
    return await door.write(tenant, (tx) => sendChunk(tx, countChunk, { ...chunk, entries }, [JSON.stringify(counts)]));
  }

  /** Who has these addresses and external ids now. */
  async #taken(customers: readonly NewCustomer[]): Promise<Record<'email' | 'externalId', Map<string, string>>> {
    const { door, tenant } = this.#context;
    const emails = customers.flatMap(({ email }) => (email === null ? [] : [email.toLowerCase()]));
    const externalIds = customers.flatMap(({ externalId }) => (externalId === null ? [] : [externalId]));
    const rows = await door.read(tenant, (tx) => tx.run(findTaken, [emails, externalIds]));
    const taken = { email: new Map<string, string>(), externalId: new Map<string, string>() };
    for (const { id, email, externalId } of rows as unknown as { id: string; email: string | null; externalId: string | null }[]) {
      if (email !== null) taken.email.set(email, id);
      if (externalId !== null) taken.externalId.set(externalId, id);
    }
    return taken;
  }

  /** Who the rows are the same as, by the key that `match` names. */
  async #existing(values: readonly { readonly customer: NewCustomer }[]): Promise<Map<string, Existing>> {
    const { door, tenant, rules } = this.#context;
    const keys = values.flatMap(({ customer }) => keyOf(customer, rules.match) ?? []);
    const find = rules.match === 'email' ? findByEmail : findByExternalId;
    const found = (await door.read(tenant, (tx) => tx.run(find, [keys]))) as unknown as Existing[];
    return new Map(found.map((row) => [row.key, row]));
  }

  async #writeWithUpdates(chunk: Chunk): Promise<boolean> {
    const { door, tenant, rules } = this.#context;
    const values = valuesOf(chunk.entries);
    const existing = await this.#existing(values);
    const created: string[] = [];
    const changed: string[] = [];
    let same = 0;
    for (const entry of values) {
      const before = existing.get(keyOf(entry.customer, rules.match) ?? '');
      if (before === undefined) created.push(this.#newRow(entry));
      else {
        const change = this.#changedRow(before, entry.given);
        if (change === undefined) same += 1;
        else changed.push(change);
      }
    }
    return await door.write(tenant, (tx) =>
      sendChunk(tx, upsertRows, chunk, created, this.#who(), this.#rules.version, `[${changed.join(',')}]`, same),
    );
  }

  #who(): string {
    const { actor, traceId, traceparent } = this.#context;
    return JSON.stringify({ actor, traceId, traceparent });
  }

  #newRow({ row, original, customer }: { row: number; original: readonly string[]; customer: NewCustomer }): string {
    const at = new Date().toISOString();
    const document: Customer = { id: uuidv7(), ...customer, version: 1, createdAt: at, updatedAt: at };
    const told = this.#context.rules.onConflict === 'fail' ? `,"n":${row},"o":${JSON.stringify(original)}` : '';
    return `{"d":${JSON.stringify(document)},"e":"${uuidv7()}"${this.#indexed(customer.attributes)}${told}}`;
  }

  /** Undefined when the file says nothing new. */
  #changedRow(before: Existing, given: CustomerPatch): string | undefined {
    const { after, changed } = applyPatch(JSON.parse(before.document) as Customer, given);
    if (changed.length === 0) return undefined;
    after.version = before.version + 1;
    after.updatedAt = new Date().toISOString();
    return `{"b":${before.document},"d":${JSON.stringify(after)},"c":${JSON.stringify(changed)},"e":"${uuidv7()}"${this.#indexed(after.attributes)}}`;
  }

  #indexed(attributes: Customer['attributes']): string {
    const indexed = this.#rules.indexed(attributes);
    return indexed === undefined ? '' : `,"x":${JSON.stringify(indexed)}`;
  }
}

const createRows = importStatement(statements.createRows);
const createPossibleRows = importStatement(statements.createPossibleRows);
const upsertRows = importStatement(statements.upsertRows);
const findTaken = new TenantStatement('customers_taken', statements.FIND_TAKEN);
const findByEmail = new TenantStatement('customers_by_email', statements.FIND_BY_EMAIL);
const findByExternalId = new TenantStatement('customers_by_ext_id', statements.FIND_BY_EXTERNAL_ID);
