import { decimalOf } from '@tenantry/contracts/http/money.ts';

/** Minor units as a person reads them: `-12.34`; as they are where no currency is known. */
export const shownAmount = (minor: string, currency: string | undefined): string =>
  currency === undefined ? minor : decimalOf(minor, currency);
