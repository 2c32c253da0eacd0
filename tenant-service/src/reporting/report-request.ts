import type { ReportFormat, ReportName, ReportParameters } from '@tenantry/contracts';
import type { SnapshotQuery } from '../tenancy/snapshot-door.ts';

/** What is asked of a report, as its operation's row has it. */
export interface ReportRequest<Name extends ReportName = ReportName> {
  readonly report: Name;
  readonly parameters: ReportParameters<Name>;
  readonly format: ReportFormat;
  readonly timeZone: string;
  readonly asOf: string;
}

/** The rows of one kind of report: a statement whose columns are those of the catalogue, in that order. */
export type ReportQuery<Name extends ReportName> = (request: ReportRequest<Name>) => SnapshotQuery;

/** One for each report there is; a missing one does not compile. */
export type ReportQueries = { readonly [Name in ReportName]: ReportQuery<Name> };
