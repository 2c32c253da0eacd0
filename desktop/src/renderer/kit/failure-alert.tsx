import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface FailureAlertProps {
  readonly title: string;
  readonly detail: string;
  readonly onRetry?: (() => void) | undefined;
  /** More of it, between the words and the button. */
  readonly children?: ReactNode;
  /** Beside the button. */
  readonly aside?: ReactNode;
}

/** Something did not work: what, why, and a way to try again. */
export function FailureAlert({ title, detail, onRetry, children, aside }: FailureAlertProps) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="light" role="alert" icon={<CircleAlert aria-hidden size={20} />} title={title}>
      <Stack gap="xs">
        <Text size="sm">{detail}</Text>
        {children}
        {(onRetry !== undefined || aside !== undefined) && (
          <Group gap="xs">
            {onRetry !== undefined && (
              <Button size="xs" variant="default" leftSection={<RotateCw aria-hidden size={14} />} onClick={onRetry}>
                {t('tryAgain')}
              </Button>
            )}
            {aside}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
