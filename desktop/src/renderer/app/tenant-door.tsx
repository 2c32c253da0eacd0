import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { MessageScreen } from './message-screen.tsx';
import { useSession } from './session.ts';

/** Lets members of the tenant in. The api refuses others anyway; here they are told in a sentence. Who is not signed in is the gate's to stop. */
export function TenantDoor({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const { tenant = '' } = useParams({ strict: false });
  const { session } = useSession('tenants');
  if (session?.signedIn === false || session?.tenants.includes(tenant)) return children;
  return <MessageScreen title={t('tenant.notAMember', { tenant })} detail={t('tenant.notAMemberDetail')} />;
}
