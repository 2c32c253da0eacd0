import { Button, Text } from '@mantine/core';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { UpdatesAccess } from '../../../platform/updates.ts';
import { ACCOUNT_ENTRY } from '../account-entry.ts';
import { useCheckForUpdates } from './check-for-updates.ts';
import { useUpdates } from './use-updates.ts';

const REASON_ID = 'updates-off';

/** In the account's menu: which version this is, and a look for a newer one. */
export function UpdateEntry({ updates }: { readonly updates: UpdatesAccess }) {
  const { t } = useTranslation();
  const view = useUpdates(updates);
  const checkForUpdates = useCheckForUpdates();
  if (view === undefined) return null;
  const { current, state } = view;
  return (
    <>
      <Button
        {...ACCOUNT_ENTRY}
        leftSection={<Download aria-hidden size={16} />}
        loading={state.is === 'checking'}
        disabled={state.is === 'off'}
        aria-describedby={REASON_ID}
        onClick={() => void checkForUpdates()}
      >
        {t('updates.check')}
      </Button>
      <Text id={REASON_ID} size="xs" c="dimmed" px="sm">
        {t('updates.current', { version: current })} {state.is === 'off' && t(`updates.off.${state.reason}`)}
      </Text>
    </>
  );
}
