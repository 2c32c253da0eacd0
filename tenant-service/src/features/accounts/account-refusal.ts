import { brokenCheck } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';

/** Another account has the number. */
export function numberTaken(cause: unknown): Problem {
  return new Problem('account-number-taken', 'Another account of this tenant has this number.', {
    cause,
    errors: [{ pointer: '/number', detail: 'is taken' }],
  });
}

/** What a rule of the tables refused, in the caller's words; any other error as it is. */
export function ruleBroken(error: unknown): unknown {
  switch (brokenCheck(error)) {
    case 'accounts_closed_is_empty':
      return new Problem('account-not-empty', 'An account is closed at a balance of zero. Pay it out or settle it first.', {
        cause: error,
        errors: [{ pointer: '/status', detail: 'cannot be closed while the balance is not zero' }],
      });
    case 'accounts_within_overdraft':
      return new Problem('insufficient-funds', 'The balance is below what the new overdraft limit allows.', {
        cause: error,
        errors: [{ pointer: '/overdraftLimitMinor', detail: 'is less than the account is overdrawn by' }],
      });
    case 'customers_deleted_has_no_open_accounts':
      return new Problem(
        'customer-conflict',
        'The customer of this account is deleted. Restore the customer before reopening the account.',
        {
          cause: error,
          errors: [{ pointer: '/status', detail: 'cannot be reopened for a deleted customer' }],
        },
      );
    default:
      return error;
  }
}
