import { Button, Code } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MessageScreen } from './message-screen.tsx';

/** A screen broke: what can be done, and what to tell support. The frame around it still works. */
export function ScreenFailure({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <MessageScreen title={t('screenFailure.title')} detail={t('screenFailure.detail')}>
      <Code block>{error instanceof Error ? error.message : String(error)}</Code>
      <Button onClick={reset}>{t('screenFailure.again')}</Button>
    </MessageScreen>
  );
}
