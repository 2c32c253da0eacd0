import { Text } from '@mantine/core';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { CloudOff } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import { apiReach } from './api-reach.ts';
import { OFFLINE_BAR_ID, useIsOffline } from './offline.ts';
import classes from './offline-bar.module.css';
import { useTenantApi } from './tenant-api.ts';

/** How often the api is asked whether it is back. */
const PROBE_MS = 4000;

/** Says that the api cannot be reached and of when what is shown is; asks meanwhile, and reads everything anew when it is back. */
export function OfflineBar() {
  const { tenant } = useTenantApi();
  const queries = useQueryClient();
  const isOffline = useIsOffline();
  // Subscriptions, not data: the browser says that a network went away, the store that the api is back.
  useEffect(() => {
    const ask = (): void => void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'me'] });
    globalThis.addEventListener('offline', ask);
    return () => globalThis.removeEventListener('offline', ask);
  }, [queries, tenant]);
  useEffect(() => {
    if (!isOffline) return undefined;
    return () => {
      if (!apiReach.isReached(tenant)) return;
      void queries.invalidateQueries({ queryKey: ['session'] });
      void queries.invalidateQueries({ queryKey: ['tenant', tenant] });
    };
  }, [isOffline, queries, tenant]);
  return isOffline ? <Bar /> : null;
}

function Bar() {
  const { t } = useTranslation();
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  useQuery({
    queryKey: ['reach', tenant],
    queryFn: async ({ signal }) => (await client.me({ signal })).status,
    refetchInterval: PROBE_MS,
    refetchIntervalInBackground: true,
    retry: false,
    gcTime: 0,
  });
  const at = useSyncExternalStore(queries.getQueryCache().subscribe, () => apiReach.asOf(tenant, shownOf(queries, tenant)));
  return (
    <div id={OFFLINE_BAR_ID} className={classes.bar} role="status">
      <CloudOff aria-hidden size={16} />
      <Text size="sm" component="span">
        <strong>{at === undefined ? t('offline.title') : t('offline.asOf', { at: format.recent(new Date(at).toISOString()) })}</strong>{' '}
        {t('offline.detail')}
      </Text>
    </div>
  );
}

/** Queries of the tenant that something on screen follows. */
function shownOf(queries: QueryClient, tenant: string): string[] {
  const active = queries.getQueryCache().findAll({ queryKey: ['tenant', tenant], type: 'active' });
  return active.filter(({ state }) => state.data !== undefined).map(({ queryHash }) => queryHash);
}
