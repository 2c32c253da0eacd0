import { Button } from '@mantine/core';
import { DoorOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { EnterTenantDialog } from './enter-tenant-dialog.tsx';

/** The way into a tenant that is open. */
export function EnterTenantButton({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const [isOpen, setOpen] = useState(false);
  if (tenant.deletingSince !== undefined || tenant.spec.lifecycle.state === 'Suspended') return null;
  return (
    <>
      <Button variant="default" leftSection={<DoorOpen aria-hidden size={16} />} onClick={() => setOpen(true)}>
        {t('entry.enter')}
      </Button>
      {isOpen && <EnterTenantDialog tenant={tenant.name} onClose={() => setOpen(false)} />}
    </>
  );
}
