import { type ServiceWorld, serviceWorld } from './service-world.ts';
import { transferWorld } from './transfer-world.ts';

/** An api with one tenant and a job worker, to be called with whatever a generator thinks of. */
export interface FuzzWorld extends AsyncDisposable {
  readonly url: string;
  /** Good for an hour, as an administrator. */
  readonly token: string;
  /** Operations of these tags have no server behind them here: they would make real people at the identity provider. */
  readonly awayTags: readonly string[];
}

export async function fuzzWorld(): Promise<FuzzWorld> {
  const world: ServiceWorld = await serviceWorld();
  const tenant = await world.addTenant('fuzz');
  const transfers = await transferWorld(world);
  const api = await world.startApi({ eventStreamLimitMs: 1, redis: transfers.redis, s3: transfers.s3 });
  await transfers.startWorker();
  return {
    url: api.url,
    token: await world.token(tenant, { expiresIn: 3500 }),
    awayTags: ['Users', 'Machine clients'],
    [Symbol.asyncDispose]: async () => {
      await transfers[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
