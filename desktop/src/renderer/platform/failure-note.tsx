import { Alert, Button, Stack, Text } from '@mantine/core';
import { CircleAlert, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PlatformError } from '../../platform/platform-error.ts';

/** What the cluster, or the way to it, said, and a way to try again. */
export function FailureNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation('platform');
  const problem = error instanceof PlatformError ? error.problem : undefined;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<CircleAlert aria-hidden size={20} />}
      title={problem?.title ?? t('failure.title')}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem?.detail ?? (error instanceof Error ? error.message : t('failure.unknown'))}</Text>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" leftSection={<RotateCw aria-hidden size={14} />} onClick={onRetry}>
            {t('failure.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
