import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MessageScreen } from './message-screen.tsx';

/** For an address without a screen. */
export function NothingHere() {
  const { t } = useTranslation();
  return (
    <MessageScreen title={t('nothingHere.title')} detail={t('nothingHere.detail')}>
      <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('nothingHere.back')}</Button>
    </MessageScreen>
  );
}
