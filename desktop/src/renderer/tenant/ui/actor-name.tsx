import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useMe } from '../../app/use-me.ts';
import { useMay } from '../tenant-access.ts';

/** Who a subject of a token is, as far as the person looking may know: members have names for admins only. */
export function ActorName({ actor }: { readonly actor: string }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const me = useMe(tenant);
  const maySee = useMay('listUsers');
  const { data: users = [] } = useQuery({
    queryKey: ['tenant', tenant, 'users', 'names'],
    enabled: maySee,
    staleTime: 300_000,
    queryFn: async ({ signal }) => (await client.listUsers({ query: { limit: 200 }, signal })).data.items,
  });
  if (actor === me?.subject) return <span>{t('you')}</span>;
  const user = users.find(({ subject }) => subject === actor);
  return <span title={actor}>{user?.name ?? user?.email ?? actor.slice(0, 8)}</span>;
}
