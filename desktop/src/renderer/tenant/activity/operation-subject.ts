import type { LongOperation } from '@tenantry/contracts';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** Says what an operation is about: the report that it makes, or what is in its file. */
export function useOperationSubject(): (operation: Pick<LongOperation, 'request'>) => string {
  const { t, i18n } = useTranslation('tenant');
  return useCallback(
    ({ request: { report, resource } }) => {
      const key = typeof report === 'string' ? `reports.names.${report}` : `import.resources.${resource}`;
      // Of a newer api: better its own name than none. The names themselves are not loaded with every screen.
      return i18n.exists(key, { ns: 'tenant' }) ? (t(key as never) as string) : String(report ?? resource ?? '');
    },
    [t, i18n],
  );
}
