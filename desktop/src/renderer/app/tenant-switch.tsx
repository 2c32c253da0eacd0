import { Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from './session.ts';

/** Which of their tenants a person works in. */
export function TenantSwitch({ tenant }: { readonly tenant: string | undefined }) {
  const { t } = useTranslation();
  const { session } = useSession('tenants');
  const navigate = useNavigate();
  if (session?.signedIn !== true || session.tenants.length === 0) return null;
  return (
    <Select
      label={t('frame.tenant')}
      data={[...session.tenants]}
      value={tenant ?? null}
      placeholder={t('frame.chooseTenant')}
      allowDeselect={false}
      searchable={session.tenants.length > 8}
      px="xs"
      pb="xs"
      onChange={(chosen) => {
        if (chosen !== null) void navigate({ to: '/tenants/$tenant', params: { tenant: chosen } });
      }}
    />
  );
}
