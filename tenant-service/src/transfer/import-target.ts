import type { RowError, TransferResource } from '@tenantry/contracts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { ImportField } from './import-columns.ts';

/** Why a row was refused, without its number. */
export type Refusal = Omit<RowError, 'row'>;

/** How an import treats what is there already. */
export interface ImportRules {
  readonly onConflict: 'fail' | 'skip' | 'update';
  readonly match: 'externalId' | 'email';
}

/** Who imports, and under which trace: for history and events. */
export interface ImportContext {
  readonly tenant: Tenant;
  readonly door: Door;
  readonly rules: ImportRules;
  readonly actor: string;
  readonly traceId: string;
  readonly traceparent: string;
}

/** A row on its way in: what it says, or why it is refused. */
export type ImportEntry<Row = unknown> = { readonly row: number; readonly original: readonly string[] } & (
  | { readonly value: Row; readonly refusal?: undefined }
  | { readonly value?: undefined; readonly refusal: Refusal }
);

/** Rows of a file that follow each other, and the place of the operation they move it from and to. */
export interface ImportChunk<Row = unknown> {
  readonly operation: { readonly id: string; readonly attempt: number };
  readonly before: number;
  readonly after: number;
  /** Estimate of all rows of the file. */
  readonly total: number | null;
  readonly entries: readonly ImportEntry<Row>[];
}

/** What an import of one resource is made of. A feature supplies one. */
export interface ImportTarget<Row = unknown> {
  readonly resource: TransferResource;
  readonly fields: readonly ImportField[];
  readonly supports: (rules: ImportRules) => boolean;
  /** What is fixed for one import, e.g. the tenant's attribute schema. */
  readonly prepare: (context: ImportContext) => Promise<PreparedImport<Row>>;
}

export interface PreparedImport<Row = unknown> {
  /** Checks one row as the operation that creates one checks its body. */
  readonly parse: (fields: Readonly<Record<string, unknown>>) => { readonly value: Row } | { readonly refusal: Refusal };
  /** Two rows with one of these in common never share a chunk: the second must see what the first did. */
  readonly exclusive?: (row: Row) => string | undefined;
  /**
   * Rows, history, events, refused rows and progress in one statement (see import-statement.ts). False when the operation is no longer this
   * attempt's: then nothing was written. @throws the database's error when a row cannot be written; then nothing was written either.
   */
  readonly write: (chunk: ImportChunk<Row>) => Promise<boolean>;
  /** The same without writing rows: counts and refusals as `write` would give them for the rows that are there now. */
  readonly check: (chunk: ImportChunk<Row>) => Promise<boolean>;
  /** In the row's words, why the database refused it. */
  readonly explain: (error: unknown, row: Row) => Refusal;
}
