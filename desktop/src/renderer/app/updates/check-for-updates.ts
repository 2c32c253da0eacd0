import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../platform-provider.tsx';

/** Looks for a newer version, and says so when there is none. What else comes of it, the offer shows. */
export function useCheckForUpdates(): () => Promise<void> {
  const { t } = useTranslation();
  const { updates } = usePlatform();
  return async () => {
    if (updates === undefined) return;
    const { current, state } = await updates.wish('check');
    if (state.is === 'newest') notifications.show({ message: t('updates.newest', { version: current }) });
    if (state.is === 'off') notifications.show({ message: t(`updates.off.${state.reason}`) });
  };
}
