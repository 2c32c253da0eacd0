import { Button, Group, Paper, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { DoorOpen, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import type { TenantEntry } from '../../../platform/platform-view-questions.ts';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useSession } from '../../app/session.ts';
import { useNow } from '../tenant/use-now.ts';
import { entriesQuery } from './entry-queries.ts';
import { timeLeft } from './time-left.ts';

/** Above every screen of a tenant, for staff who are in it for a while: how long still, and the way out. Nothing for its own people. */
export function StaffBanner({ tenant }: { readonly tenant: string }) {
  const { platformView } = usePlatform();
  // A browser has no realm of staff, either.
  return platformView === undefined ? null : <OfStaff tenant={tenant} access={platformView} />;
}

function OfStaff({ tenant, access }: { readonly tenant: string; readonly access: PlatformViewAccess }) {
  const { session } = useSession('staff');
  return session?.signedIn === true ? <Banner tenant={tenant} access={access} /> : null;
}

function Banner({ tenant, access }: { readonly tenant: string; readonly access: PlatformViewAccess }) {
  const { session } = useSession('tenants');
  const { data: entries = [] } = useQuery(entriesQuery(access, tenant));
  const email = session?.person?.email?.toLowerCase();
  const mine = entries.find((entry) => entry.state === 'inside' && entry.email.toLowerCase() === email);
  return mine?.until === undefined ? null : <Inside entry={mine} until={mine.until} access={access} />;
}

function Inside(props: { readonly entry: TenantEntry; readonly until: string; readonly access: PlatformViewAccess }) {
  const { t } = useTranslation('platform');
  const { entry, until, access } = props;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const now = useNow();
  const leave = useMutation({
    mutationFn: () => access.ask('entries.end', { name: entry.name }),
    onSuccess: async () => {
      await navigate({ to: '/platform/tenants/$name', params: { name: entry.tenant } });
      await queries.invalidateQueries({ queryKey: ['platform', 'entries', entry.tenant] });
    },
  });
  return (
    <Paper component="section" aria-label={t('entry.banner')} withBorder radius={0} px="md" py={6} bg="var(--mantine-color-orange-light)">
      <Group gap="sm">
        <DoorOpen aria-hidden size={18} />
        <Text size="sm" fw={600}>
          {t('entry.youAreIn', { name: entry.tenant })}
        </Text>
        <Text size="sm" role="timer" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {t('entry.left', { time: timeLeft(until, now) })}
        </Text>
        <Text size="sm">{t(`entry.roles.${entry.role}`)}</Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<LogOut aria-hidden size={14} />}
          loading={leave.isPending}
          onClick={() => leave.mutate()}
        >
          {t('entry.leave')}
        </Button>
        {leave.error !== null && (
          <Text size="sm" role="alert">
            {leave.error.message}
          </Text>
        )}
      </Group>
    </Paper>
  );
}
