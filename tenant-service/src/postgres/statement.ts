import { quoteIdentifier } from './identifier.ts';

/** A statement as the driver takes it; `name` makes the server keep its plan for the connection's life. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** An insert alone makes customers nobody can have read; with `do update` it changes others. */
const CHANGES_CUSTOMERS =
  /\b(?:update|delete\s+from|merge\s+into|truncate)\s+(?:only\s+)?\{schema\}\.customers\b|\binsert\s+into\s+\{schema\}\.customers\b[^;]*\bdo\s+update\b/i;

/**
 * SQL that runs in a tenant's schema. `{schema}` in the text stands for the quoted schema name; the text is made once per schema, because the
 * schema-qualified named statement is what makes one round trip enough (no search_path to set).
 */
export class TenantStatement {
  readonly name: string;
  /** Its text may change customers that are there already; see RowChanges. */
  readonly changesCustomers: boolean;
  readonly #template: string;
  readonly #bySchema = new Map<string, PreparedStatement>();

  /** `name` has at most 20 characters: with the schema it must stay within the 63 bytes PostgreSQL compares. */
  constructor(name: string, template: string) {
    if (name.length > 20) throw new RangeError(`statement name ${name} is longer than 20 characters`);
    this.name = name;
    this.#template = template.trim();
    this.changesCustomers = CHANGES_CUSTOMERS.test(template);
  }

  of(schema: string): PreparedStatement {
    let statement = this.#bySchema.get(schema);
    if (statement === undefined) {
      statement = { name: `${this.name}:${schema}`, text: this.#template.replaceAll('{schema}', quoteIdentifier(schema)) };
      this.#bySchema.set(schema, statement);
    }
    return statement;
  }
}
