import { z } from 'zod';
import { Account } from '../http/accounts.ts';

/** `data` of each account event. A reader must ignore properties it does not know: they are only ever added. */
export const accountEvents = {
  'dev.tenantry.account.created.v1': z.object({ account: Account }),
  'dev.tenantry.account.updated.v1': z.object({
    account: Account,
    changed: z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' }),
  }),
} as const;

export type AccountEventType = keyof typeof accountEvents;
