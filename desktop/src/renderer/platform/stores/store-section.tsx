import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TitledCard } from '../titled-card.tsx';

interface StoreSectionProps {
  readonly title: string;
  /** Why nothing is known of it now. */
  readonly why: string | undefined;
  readonly children: ReactNode;
}

/** One store of the tenant's, or why it says nothing. */
export function StoreSection({ title, why, children }: StoreSectionProps) {
  const { t } = useTranslation('platform');
  return (
    <TitledCard title={title}>
      {why !== undefined && (
        <Alert color="orange" variant="light" role="status" title={t('stores.storeAway')}>
          <span dir="auto">{why}</span>
        </Alert>
      )}
      {children}
    </TitledCard>
  );
}
