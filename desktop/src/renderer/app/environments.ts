import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { EnvironmentView } from '../../platform/environment.ts';
import { usePlatform } from './platform-provider.tsx';

interface Environments {
  readonly environments: readonly EnvironmentView[];
  readonly current: EnvironmentView | undefined;
  /** Shows another one; nothing of this one is left on the screen. */
  readonly select: (id: string) => void;
}

/** The installations this person works with, and which one the window shows. */
export function useEnvironments(): Environments {
  const platform = usePlatform();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery({ queryKey: ['environments'], queryFn: () => platform.environments(), staleTime: Number.POSITIVE_INFINITY });
  const select = async (id: string): Promise<void> => {
    await platform.selectEnvironment(id);
    await navigate({ to: '/' });
    await queries.resetQueries();
  };
  return {
    environments: data?.environments ?? [],
    current: data?.environments.find(({ id }) => id === data.current),
    select: (id) => void select(id),
  };
}
