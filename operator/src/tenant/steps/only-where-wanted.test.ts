import { expect, it } from 'vitest';
import type { TenantPass } from '../tenant-pass.ts';
import { onlyWhereWanted } from './only-where-wanted.ts';

/** One pass of a step whose server does not answer. */
function away(wanted: object | undefined, last?: string) {
  const steps = last === undefined ? [] : [{ name: 'it', state: last }];
  const pass = { tenant: { status: { steps } }, reportOnly: false } as unknown as TenantPass;
  const look = () => Promise.reject(new Error('away'));
  const how = { look, apply: async () => {}, describe: String, done: () => '' };
  return onlyWhereWanted(pass, { step: 'it', wanted, notNeeded: 'none' }, how);
}

it.each([undefined, 'NotReached', 'NotNeeded'])(
  'holds up nobody who never had anything when its server is away (last: %s)',
  async (last) => {
    await expect(away(undefined, last)).resolves.toEqual({ kind: 'not-needed', message: 'none' });
  },
);

it('fails when something is wanted, or may still be there', async () => {
  await expect(away({})).rejects.toThrow('away');
  await expect(away(undefined, 'Done')).rejects.toThrow('away');
});
