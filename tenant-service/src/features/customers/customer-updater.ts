import { type Customer, CustomerFields } from '@tenantry/contracts';
import type { AttributeRules } from '../../attributes/attribute-rules.ts';
import type { AttributeSchemas } from '../../attributes/attribute-schemas.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { stale, taken } from './customer-answers.ts';
import type { CustomerReader } from './customer-reader.ts';
import { type Change, type CheckedAttributes, type StoredCustomer, updateCustomer } from './customer-repository.ts';
import { missing } from './merging/merged-away.ts';

/** A customer before and after a change that has not been written. `changed` names the fields that differ. */
export interface Wanted {
  readonly after: Customer;
  readonly changed: readonly string[];
}

/** Changes one customer from the version a caller has seen. */
export class CustomerUpdater {
  readonly #door: Door;
  readonly #reader: CustomerReader;
  readonly #schemas: AttributeSchemas;

  constructor(door: Door, reader: CustomerReader, schemas: AttributeSchemas) {
    this.#door = door;
    this.#reader = reader;
    this.#schemas = schemas;
  }

  /** The row If-Match names. @throws Problem not-found, version-stale with the current ETag. */
  async current(tenant: Tenant, id: string, ifMatch: number): Promise<StoredCustomer> {
    const stored = await this.#reader.find(tenant, id.toLowerCase());
    if (stored === undefined) throw await missing(this.#door, tenant, id);
    if (stored.version !== ifMatch) throw stale(stored.version);
    return stored;
  }

  /**
   * Writes what `make` makes of the current version; nothing when nothing differs.
   * @throws Problem not-found, version-stale, invalid-request, customer-email-taken, customer-external-id-taken.
   */
  async update(
    tenant: Tenant,
    asked: { readonly id: string; readonly ifMatch: number },
    make: (before: Customer) => Wanted,
    change: Change,
  ): Promise<StoredCustomer> {
    const before = await this.current(tenant, asked.id, asked.ifMatch);
    const wanted = make(JSON.parse(before.document) as Customer);
    if (wanted.changed.length === 0) return before;
    const after = { ...wanted.after, version: before.version + 1, updatedAt: new Date().toISOString() };
    const written = await this.#schemas.checked(tenant, async (rules) => {
      const attributes = checkChanged(after, wanted.changed, rules);
      try {
        return await this.#door.write(tenant, (tx) => updateCustomer(tx, before, after, wanted.changed, attributes, change));
      } catch (error) {
        const constraint = brokenUnique(error);
        throw constraint === undefined ? error : taken(constraint, error);
      }
    });
    if (!written) throw await this.lostRace(tenant, asked);
    return { id: before.id, version: after.version, document: JSON.stringify(after) };
  }

  /** Somebody else wrote between our read and our write: which version is current, or that it is gone. */
  async lostRace(tenant: Tenant, { id, ifMatch }: { readonly id: string; readonly ifMatch: number }): Promise<Problem> {
    try {
      await this.current(tenant, id, ifMatch);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
    return new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
  }
}

/**
 * A customer as a change would leave it, against its bounds and, when attributes are among what changed, the tenant's schema: a customer from
 * before the schema can still be renamed. Attributes may have grown beyond their bounds by merging.
 * @throws Problem invalid-request.
 */
export function checkChanged(customer: Customer, changed: readonly string[], rules: AttributeRules): CheckedAttributes | undefined {
  const { id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...fields } = customer;
  const result = CustomerFields.safeParse(fields);
  if (!result.success) {
    throw new Problem('invalid-request', 'The customer would not be valid after this change.', {
      errors: result.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, detail: issue.message })).slice(0, 20),
    });
  }
  return changed.includes('attributes') ? checkAttributes(customer.attributes, rules) : undefined;
}

/** @throws Problem invalid-request. */
export function checkAttributes(attributes: Customer['attributes'], rules: AttributeRules): CheckedAttributes {
  const errors = rules.mistakes(attributes);
  if (errors.length > 0) throw new Problem('invalid-request', 'The attributes do not fit the tenant’s schema.', { errors });
  return { rules: rules.version, indexed: rules.indexed(attributes) };
}
