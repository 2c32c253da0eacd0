import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { sqlState } from './sql-errors.ts';
import type { PreparedStatement } from './statement.ts';

export type Row = Record<string, unknown>;

/** What the driver's connection writes; its types know less. */
interface Wire {
  readonly parse: (message: { readonly name: string; readonly text: string }) => void;
  readonly close: (message: { readonly type: 'S'; readonly name: string }) => void;
  readonly bind: (message: { readonly statement: string; readonly values: readonly unknown[] }) => void;
  readonly describe: (message: { readonly type: 'P'; readonly name: string }) => void;
  readonly execute: (message: Readonly<Record<string, never>>) => void;
  readonly sync: () => void;
  readonly stream: { readonly cork: () => void; readonly uncork: () => void };
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

interface Step {
  readonly statement: PreparedStatement;
  values: readonly unknown[];
  readonly rows: Row[];
  columns: readonly Column[] | undefined;
  /** This flight prepares it. */
  prepares: boolean;
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** `invalid_sql_statement_name` and "cached plan must not change result type": what is remembered of a statement is no longer so. */
const FORGOTTEN = new Set(['26000', '0A000']);

/**
 * Statements a connection's server keeps. Each costs its backend tens of kilobytes, and a look at it whenever any table of the cell is made or
 * changed; a tenant that is asked twice a minute wins little by it. Enough for all statements of the few tenants that are busy.
 */
const MAX_KEPT = 256;

/** What one connection's server keeps by name: parsed once, and described once, because a statement's columns do not change. */
export class KeptStatements {
  /**
   * By name, the one used longest ago first. Columns of the statements that a flight has come back with; of others the server may have them or not: the
   * flight that sent them is on its way, or has failed.
   */
  readonly #sent = new Map<string, readonly Column[] | undefined>();

  /** Columns of a statement that need neither be prepared nor asked for again. */
  columnsOf(name: string): readonly Column[] | undefined {
    return this.#sent.get(name);
  }

  /**
   * Writes what makes room for a flight's statements. Before all of them: what comes behind one that fails is not read. Flights on their way have sent theirs.
   */
  makeRoom(wire: Wire, statements: readonly PreparedStatement[]): void {
    for (const { name } of statements) this.#use(name);
    const excess = this.#sent.size + statements.filter(({ name }) => !this.#sent.has(name)).length - MAX_KEPT;
    const oldest = excess > 0 ? [...this.#sent.keys()].slice(0, excess) : [];
    for (const name of oldest) {
      wire.close({ type: 'S', name });
      this.#sent.delete(name);
    }
  }

  /** Now it is the last to go. */
  #use(name: string): void {
    if (!this.#sent.has(name)) return;
    const columns = this.#sent.get(name);
    this.#sent.delete(name);
    this.#sent.set(name, columns);
  }

  /**
   * Writes what the server needs before `name` can be bound; true when that was something. A flight that fails takes along the statements it had not
   * come to, so a flight behind it prepares its own until one has come back.
   */
  prepare(wire: Wire, { name, text }: PreparedStatement): boolean {
    if (this.#sent.get(name) !== undefined) return false;
    if (this.#sent.has(name)) wire.close({ type: 'S', name });
    wire.parse({ name, text });
    this.#sent.set(name, undefined);
    return true;
  }

  described(name: string, columns: readonly Column[]): void {
    if (this.#sent.has(name)) this.#sent.set(name, columns);
  }

  /** The server may not have it. */
  doubt(name: string): void {
    if (this.#sent.has(name)) this.#sent.set(name, undefined);
  }
}

/**
 * Statements that leave together and are one transaction: everything up to the closing Sync is, to PostgreSQL, one implicit transaction that
 * commits at the Sync or not at all (protocol: Extended Query, Pipelining). What `set_config(…, true)` set in it ends with it. Compared with `begin`,
 * `set local` and `commit` as text this saves the server four statements a request, and the driver two queries.
 */
export class Flight extends pg.Query {
  readonly #kept: KeptStatements | undefined;
  readonly #steps: Step[] = [];
  #done = 0;
  #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  /** Resolves when the transaction is committed. Rejects with the error of the statement that failed, of the commit, or of the connection. */
  readonly committed: Promise<void>;

  /** Without `kept` nothing is named and nothing is kept, for poolers that know no names. */
  constructor(kept: KeptStatements | undefined) {
    super('');
    this.#kept = kept;
    this.committed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /**
   * The same statements once more, of which none has run, for another connection: whoever waits for their rows waits for those of the second flight.
   * The first has been refused at its opening ({@link refuse} was not called).
   */
  again(kept: KeptStatements | undefined): Flight {
    const second = new Flight(kept);
    second.#steps.push(...this.#steps.map((step) => ({ ...step, columns: undefined, prepares: false })));
    return second;
  }

  /** Tells those who wait for rows of a flight that was refused at its opening. */
  refuse(reason: unknown): void {
    for (const { reject } of this.#steps) reject(reason);
  }

  /** Statements done; the first that is not is the one that failed. */
  get done(): number {
    return this.#done;
  }

  /** Every statement is one that the server keeps. */
  get isKept(): boolean {
    return this.#kept !== undefined && this.#steps.every(({ statement }) => statement.name !== '');
  }

  /**
   * Puts a statement before all others, and makes text of every value. Whether it went well, `committed` says.
   * @throws what a value throws that is none for PostgreSQL: now, because nothing of the transaction has been sent yet.
   */
  open(statement: PreparedStatement, values: readonly unknown[]): void {
    for (const step of this.#steps) step.values = step.values.map(prepareValue);
    const fresh = { rows: [], columns: undefined, prepares: false };
    this.#steps.unshift({ statement, values: values.map(prepareValue), ...fresh, resolve: () => {}, reject: () => {} });
  }

  /** Adds a statement. To be called before the flight leaves. */
  add(statement: PreparedStatement, values: readonly unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#steps.push({ statement, values, rows: [], columns: undefined, prepares: false, resolve, reject });
    });
  }

  /** The driver calls this and everything below. */
  override readonly submit = (connection: unknown): void => {
    const wire = connection as Wire;
    wire.stream.cork();
    this.#kept?.makeRoom(
      wire,
      this.#steps.flatMap(({ statement }) => (statement.name === '' ? [] : [statement])),
    );
    for (const step of this.#steps) this.#write(wire, step);
    wire.sync();
    wire.stream.uncork();
  };

  #write(wire: Wire, step: Step): void {
    const { statement, values } = step;
    const kept = statement.name === '' ? undefined : this.#kept;
    if (kept === undefined) wire.parse({ name: '', text: statement.text });
    else step.prepares = kept.prepare(wire, statement);
    wire.bind({ statement: kept === undefined ? '' : statement.name, values });
    step.columns = kept?.columnsOf(statement.name);
    if (step.columns === undefined) wire.describe({ type: 'P', name: '' });
    wire.execute({});
  }

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    const step = this.#steps[this.#done] as Step;
    step.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID, 'text') }));
    this.#kept?.described(step.statement.name, step.columns);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { columns = [], rows } = this.#steps[this.#done] as Step;
    const row: Row = {};
    for (let at = 0; at < columns.length; at += 1) {
      const { name, parse } = columns[at] as Column;
      const text = fields[at] as string | null;
      row[name] = text === null ? null : parse(text);
    }
    rows.push(row);
  }

  handleCommandComplete(): void {
    const { columns, statement } = this.#steps[this.#done] as Step;
    if (columns === undefined) this.#kept?.described(statement.name, []);
    this.#done += 1;
  }

  handleEmptyQuery(): void {
    this.#done += 1;
  }

  handleReadyForQuery(): void {
    for (const { resolve, rows } of this.#steps) resolve(rows);
    this.#settle?.resolve();
  }

  handleError(error: Error): void {
    const isForgotten = FORGOTTEN.has(sqlState(error) ?? '');
    this.#steps.forEach((step, at) => {
      if (at < this.#done) {
        step.resolve(step.rows);
        return;
      }
      // Where it failed it may have been the preparing; what came after was not even read.
      if (isForgotten || (step.prepares && at === this.#done)) this.#kept?.doubt(step.statement.name);
      // Refused at its opening, it may be flown again; what it is told otherwise is the connection's to say.
      if (this.#done > 0) step.reject(error);
    });
    this.#settle?.reject(error);
  }
}
