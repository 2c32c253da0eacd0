import type { ProblemPlace } from '@tenantry/contracts';
import { Problem } from '../../problem.ts';
import type { PostingOutcome } from './posting-statement.ts';

type Refused = Exclude<PostingOutcome, { verdict: 'posted' }>;

/** Why a posting was refused, in the caller's words. `place` is the part of the request that names the account or the amount. */
export function postingRefusal({ verdict, account }: Refused, amountMinor: string, place?: string): Problem {
  if (account === undefined) return new Problem('not-found', 'There is no such account.', at(place, 'is no account of this tenant'));
  const { balanceMinor, overdraftLimitMinor, currency, status } = account;
  const next = (BigInt(balanceMinor) + BigInt(amountMinor)).toString();
  switch (verdict) {
    case 'account-not-active':
      return new Problem(verdict, `The account is ${status}. Only an active account takes postings.`, at(place, `is ${status}`));
    case 'currency-mismatch':
      return new Problem(
        verdict,
        `The account's currency is ${currency}. Amounts are never converted.`,
        at(place, `has the currency ${currency}`),
      );
    case 'balance-out-of-range':
      return new Problem(
        verdict,
        `The balance would be ${next}: more than eighteen digits.`,
        at('/amountMinor', 'is too large for this account'),
      );
    default:
      return new Problem(
        'insufficient-funds',
        `The balance is ${balanceMinor} and may go down to -${overdraftLimitMinor}; this would make it ${next} (minor units of ${currency}).`,
        at('/amountMinor', 'is more than the account can give'),
      );
  }
}

function at(pointer: string | undefined, detail: string): { readonly errors?: readonly ProblemPlace[] } {
  return pointer === undefined ? {} : { errors: [{ pointer, detail }] };
}
