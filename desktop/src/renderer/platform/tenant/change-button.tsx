import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { ChangeKind } from './offered-changes.ts';

/** Offers one change beside what it helps against. */
export function ChangeButton({ tenant, kind }: { readonly tenant: TenantReading; readonly kind: ChangeKind }) {
  const { t } = useTranslation('platform');
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" onClick={() => setOpen(true)}>
        {t(`change.${kind}.action`)}
      </Button>
      {isOpen && <ChangeDialog tenant={tenant} kind={kind} onClose={() => setOpen(false)} />}
    </>
  );
}
