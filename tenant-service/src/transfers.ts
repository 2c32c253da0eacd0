import { accountExport } from './features/accounts/account-export.ts';
import { accountImport } from './features/accounts/account-import.ts';
import { customerExport } from './features/customers/customer-export.ts';
import { customerImport } from './features/customers/customer-import.ts';
import { transactionExport } from './features/transactions/transaction-export.ts';
import { transactionImport } from './features/transactions/transaction-import.ts';
import type { ExportSource } from './transfer/export-source.ts';
import type { ImportTarget } from './transfer/import-target.ts';

/** What can be imported, by the feature whose rows it writes. */
export const importTargets: readonly ImportTarget[] = [
  customerImport as ImportTarget,
  accountImport as ImportTarget,
  transactionImport as ImportTarget,
];

/** What can be exported. */
export const exportSources: readonly ExportSource[] = [customerExport, accountExport, transactionExport];
