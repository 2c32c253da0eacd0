import { tenantKeys } from '@tenantry/contracts';
import type { CacheLogin } from '../../redis/port.ts';
import { type CacheChange, cachePlan } from '../plans/cache-plan.ts';
import { driftItem, SECRET } from '../plans/drift-item.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';
import { onlyWhereWanted } from './only-where-wanted.ts';

const NOT_NEEDED = 'Only replicas of dedicated tenants sign in to Redis as their tenant.';

/** The user by which a dedicated tenant's replicas share limits and news in Redis, held to the tenant's own keys and channels. */
export const cacheStep: Step = {
  name: 'cache',
  condition: 'CacheReady',
  run: async (pass) => {
    const { cache } = pass.ports;
    if (cache === undefined) return { kind: 'not-needed', message: `Cell ${pass.place.cell.name} has no Redis.` };
    const wanted = wantedLogin(pass);
    const { redisUser } = tenantKeys(pass.tenantId);
    return onlyWhereWanted<CacheChange>(
      pass,
      { step: 'cache', wanted, notNeeded: NOT_NEEDED },
      {
        look: async () => {
          const [found, commands] = await Promise.all([cache.login(redisUser), cache.tenantCommands()]);
          return cachePlan(wanted, commands, found);
        },
        apply: ([change]) => (change?.kind === 'put' && wanted !== undefined ? cache.putLogin(wanted) : cache.deleteLogin(redisUser)),
        describe: ({ what }) => `Redis user ${redisUser} (${what.join(', ')})`,
        differences: ({ kind, what }) =>
          what.map((field) =>
            field === 'passwords'
              ? driftItem(`redis/user/${redisUser}`, field, SECRET, SECRET)
              : driftItem(`redis/user/${redisUser}`, field, kind === 'delete' ? 'no user' : 'as Tenantry makes it', 'different'),
          ),
        done: () => `Redis user ${redisUser} may use its own keys and channels, and no others.`,
      },
    );
  },
};

function wantedLogin({ spec, tenantId, credentials }: TenantPass): CacheLogin | undefined {
  if (spec.mode !== 'Dedicated') return undefined;
  const { redisUser, redisPrefix } = tenantKeys(tenantId);
  return {
    user: redisUser,
    credentials: credentials.generations.map((generation) => credentials.for('redis', generation)),
    prefix: redisPrefix,
    isOn: spec.state !== 'Suspended',
  };
}
