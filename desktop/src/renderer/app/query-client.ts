import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from '@tenantry/contracts';
import type { Platform } from '../../platform/platform.ts';
import { PlatformError } from '../../platform/platform-error.ts';
import { apiReach } from './api-reach.ts';
import { forgetLeftScreens } from './forget-left-screens.ts';
import { lastSeenQueries } from './last-seen-queries.ts';

/** What the servers said, for the whole window; it is the only place it is kept. */
export function queryClient({ kept }: Pick<Platform, 'kept'>): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // A refusal is not asked again; what was away may have come back.
        retry: (failures, error) => failures < 2 && isWorthAnotherTry(error),
        retryDelay: (failures) => 500 * 2 ** failures,
        refetchOnWindowFocus: true,
        // Whether the servers can be reached is found out by asking them: they may be on this machine.
        networkMode: 'always',
        persister: lastSeenQueries(kept, apiReach),
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  forgetLeftScreens(client.getQueryCache());
  return client;
}

function isWorthAnotherTry(error: Error): boolean {
  if (error instanceof ProblemError) return error.problem.status >= 500;
  if (error instanceof PlatformError) return error.problem.code === 'unavailable';
  return error instanceof TypeError; // What fetch throws when nobody answered.
}
