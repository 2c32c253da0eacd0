import type { ReportColumn, ReportFormat } from '@tenantry/contracts';
import type { CopyRow } from './copy-text.ts';
import type { ReportChart } from './report-chart.ts';

/** What a file says about itself. */
export interface ReportHead {
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  /** What was asked, for people: name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly chart: ReportChart | undefined;
}

/** Writes one file. Bytes come out as soon as they are there; what is held meanwhile is bounded. */
export interface ReportFile {
  /** @throws FileTooLarge. */
  readonly rows: (rows: readonly CopyRow[]) => Uint8Array[] | Promise<Uint8Array[]>;
  readonly end: () => Uint8Array[] | Promise<Uint8Array[]>;
}

export const REPORT_MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
  parquet: 'application/vnd.apache.parquet',
};

/** Name of a column for programs: amounts are whole minor units there, as everywhere in the API. */
export const machineName = ({ name, type }: Pick<ReportColumn, 'name' | 'type'>): string => (type === 'amount' ? `${name}Minor` : name);
