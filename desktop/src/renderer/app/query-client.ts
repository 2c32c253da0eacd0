import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from '@tenantry/contracts';
import { PlatformError } from '../../platform/platform-error.ts';

/** What the servers said, for the whole window; it is the only place it is kept. */
export function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // A refusal is not asked again; what was away may have come back.
        retry: (failures, error) => failures < 2 && isWorthAnotherTry(error),
        retryDelay: (failures) => 500 * 2 ** failures,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}

function isWorthAnotherTry(error: Error): boolean {
  if (error instanceof ProblemError) return error.problem.status >= 500;
  if (error instanceof PlatformError) return error.problem.code === 'unavailable';
  return error instanceof TypeError; // What fetch throws when nobody answered.
}
