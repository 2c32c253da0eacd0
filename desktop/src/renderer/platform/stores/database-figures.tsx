import { Text } from '@mantine/core';
import type { DatabaseReading } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { FactRows } from '../fact-rows.tsx';
import { StoreTable } from './store-table.tsx';

/** Size and version of the tenant's schema, and who is connected. */
export function DatabaseFigures(database: Extract<DatabaseReading, { readonly state: 'read' }>) {
  const { t } = useTranslation('platform');
  const { bytes, number } = useFormat();
  const { schema, tables, tableBytes, indexBytes, version, latestVersion, logins, server } = database;
  const figures = [
    [t('facts.schema'), schema],
    [t('stores.size'), bytes(tableBytes + indexBytes)],
    [t('stores.inTables'), t('stores.bytesIn', { bytes: bytes(tableBytes), tables: number(tables) })],
    [t('stores.inIndexes'), bytes(indexBytes)],
    [
      t('facts.version'),
      version === latestVersion
        ? t('stores.newest', { version: number(version) })
        : t('stores.ofVersions', { version: number(version), latest: number(latestVersion) }),
    ],
    [t('stores.serverConnections'), t('stores.ofLimit', { connections: number(server.connections), limit: number(server.limit) })],
  ] as const;
  return (
    <>
      <FactRows facts={figures} />
      {logins.length === 0 ? (
        <Text c="dimmed">{t('stores.noLogins')}</Text>
      ) : (
        <StoreTable
          caption={t('stores.logins')}
          columns={[t('stores.login'), t('stores.serves'), t('stores.connections'), t('stores.limit')]}
          rows={logins.map(({ name, isOwn, connections, limit }) => [
            name,
            t(isOwn ? 'stores.own' : 'stores.shared'),
            number(connections),
            limit === null ? t('stores.noLimit') : number(limit),
          ])}
        />
      )}
    </>
  );
}
