import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { OFFLINE_BAR_ID, useIsOffline } from './offline.ts';
import classes from './writing.module.css';

/** Around buttons that change something: while the api cannot be reached they are disabled and say why. What is typed beside them stays. */
export function Writing({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const isOffline = useIsOffline();
  return (
    // To assistive technology it is no group: there is nothing to be said about it but that its buttons are disabled.
    <fieldset
      role="none"
      disabled={isOffline}
      className={classes.writing}
      {...(isOffline ? { title: t('offline.noWriting'), 'aria-describedby': OFFLINE_BAR_ID } : {})}
    >
      {children}
    </fieldset>
  );
}
