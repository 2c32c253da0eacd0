import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TitledCard } from '../titled-card.tsx';

/** One question about the fleet and its answer. */
export function FleetCard({
  title,
  isEmpty,
  children,
}: {
  readonly title: string;
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation('platform');
  return (
    <TitledCard title={title}>
      {isEmpty ? (
        <Text size="sm" c="dimmed">
          {t('tenants.none')}
        </Text>
      ) : (
        children
      )}
    </TitledCard>
  );
}
