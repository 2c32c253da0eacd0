import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { OFFLINE_BAR_ID, useIsOffline } from './offline.ts';
import classes from './writing.module.css';

/** Around buttons that change something: while the api cannot be reached they are disabled and say why. What is typed beside them stays. */
export function Writing({ children }: { readonly children: ReactNode }) {
  const { disabled, ...why } = useWriting();
  return (
    // To assistive technology it is no group: there is nothing to be said about it but that its buttons are disabled.
    <fieldset role="none" disabled={disabled} className={classes.writing} {...why}>
      {children}
    </fieldset>
  );
}

/** The same for one item among others that change nothing, as in a menu, whose arrow keys pass over what itself says that it is disabled. */
export function useWriting(): { readonly disabled: boolean; readonly title?: string; readonly 'aria-describedby'?: string } {
  const { t } = useTranslation();
  const isOffline = useIsOffline();
  return isOffline ? { disabled: true, title: t('offline.noWriting'), 'aria-describedby': OFFLINE_BAR_ID } : { disabled: false };
}
