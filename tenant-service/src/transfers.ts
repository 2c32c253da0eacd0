import { customerExport } from './features/customers/customer-export.ts';
import { customerImport } from './features/customers/customer-import.ts';
import type { ExportSource } from './transfer/export-source.ts';
import type { ImportTarget } from './transfer/import-target.ts';

/** What can be imported, by the feature whose rows it writes. */
export const importTargets: readonly ImportTarget[] = [customerImport as ImportTarget];

/** What can be exported. */
export const exportSources: readonly ExportSource[] = [customerExport];
