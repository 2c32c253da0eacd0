import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { usePlatform } from './platform-provider.tsx';

/** Puts a report for support onto the clipboard, and says so. */
export function useCopyDiagnostics(): () => Promise<void> {
  const { t } = useTranslation();
  const platform = usePlatform();
  return async () => {
    await navigator.clipboard.writeText(await platform.diagnostics());
    notifications.show({ message: t('account.diagnosticsCopied') });
  };
}
