import { Account } from '@tenantry/contracts';

/** An account at an instant as history tells it. */
export interface AccountThen {
  readonly id?: string;
  readonly version: number;
  readonly updatedAt: string;
  /** What a posting made it; null when the newest version then was no posting. */
  readonly balanceMinor: string | null;
  /** The account after its newest change that was no posting. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const PROPERTIES = Object.keys(Account.shape);

/** The account's document then, in the order of properties every answer has. A property that did not exist then is null. */
export function accountDocumentThen({ version, updatedAt, balanceMinor, settings }: AccountThen): string {
  const account = { ...settings, version, updatedAt, balanceMinor: balanceMinor ?? settings.balanceMinor };
  return JSON.stringify(Object.fromEntries(PROPERTIES.map((name) => [name, (account as Record<string, unknown>)[name] ?? null])));
}
