import type { QueuesReading } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { StoreTable } from './store-table.tsx';

/** How full the tenant's queues are, and whether anybody empties them. */
export function QueueTable({ vhost, queues }: Extract<QueuesReading, { readonly state: 'read' }>) {
  const { t } = useTranslation('platform');
  const { number } = useFormat();
  const counted = (count: number | null): string => (count === null ? t('stores.uncounted') : number(count));
  return (
    <StoreTable
      caption={t('stores.inVhost', { vhost })}
      columns={[t('stores.queue'), t('stores.queueType'), t('stores.ready'), t('stores.unacknowledged'), t('stores.consumers')]}
      rows={queues.map(({ name, type, ready, unacknowledged, consumers }) => [
        name,
        type,
        counted(ready),
        counted(unacknowledged),
        counted(consumers),
      ])}
    />
  );
}
