/** Kinds a person may book. */
export const POSTED_KINDS = ['deposit', 'withdrawal', 'fee', 'interest', 'adjustment'] as const;
export type PostedKind = (typeof POSTED_KINDS)[number];

/**
 * People type how much leaves an account without a sign; the API wants it negative. Interest and adjustments may be either and are taken as typed.
 * @returns undefined for what cannot be booked
 */
export function signedAmount(kind: PostedKind, amountMinor: string | undefined): string | undefined {
  if (amountMinor === undefined || amountMinor === '0') return undefined;
  if (kind === 'interest' || kind === 'adjustment') return amountMinor;
  if (amountMinor.startsWith('-')) return undefined;
  return kind === 'deposit' ? amountMinor : `-${amountMinor}`;
}
