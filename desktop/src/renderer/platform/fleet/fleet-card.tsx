import { Card, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

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
    <Card withBorder component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        {isEmpty ? (
          <Text size="sm" c="dimmed">
            {t('tenants.none')}
          </Text>
        ) : (
          children
        )}
      </Stack>
    </Card>
  );
}
