import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { DoorOpen, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantEntry } from '../../../platform/platform-view-questions.ts';
import { FailureNote } from '../failure-note.tsx';
import { useNow } from '../tenant/use-now.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { entriesQuery } from './entry-queries.ts';
import { timeLeft } from './time-left.ts';

/** Who of the staff is in the tenant or waits at its door, for how long still, and the ways in and out. Nothing while nobody is. */
export function TenantEntries({ tenant }: { readonly tenant: string }) {
  const { t } = useTranslation('platform');
  const { data: entries = [] } = useQuery(entriesQuery(usePlatformView(), tenant));
  const open = entries.filter(({ state }) => state !== 'ended');
  if (open.length === 0) return null;
  return (
    <Alert color="orange" variant="light" icon={<DoorOpen aria-hidden size={20} />} title={t('entry.inside')}>
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {open.map((entry) => (
          <Entry key={entry.name} entry={entry} />
        ))}
      </Stack>
    </Alert>
  );
}

function Entry({ entry }: { readonly entry: TenantEntry }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const now = useNow();
  const { name, tenant, email, role, reason, requestedBy, state, says, until } = entry;
  const end = useMutation({
    mutationFn: () => access.ask('entries.end', { name }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['platform', 'entries', tenant] }),
  });
  const open = useMutation({
    // Somebody who is signed in as a member of others already is one of this tenant from now on.
    mutationFn: () => access.ask('entries.renew', undefined),
    onSuccess: () => navigate({ to: '/tenants/$tenant', params: { tenant } }),
  });
  return (
    <Stack component="li" gap={4}>
      <Group gap="sm">
        <Text size="sm" fw={600}>
          <bdi>{email}</bdi>
        </Text>
        <Badge variant="light">{t(`entry.roles.${role}`)}</Badge>
        {state === 'inside' && until !== undefined && (
          <Text size="sm" role="timer" style={{ fontVariantNumeric: 'tabular-nums' }}>
            {t('entry.left', { time: timeLeft(until, now) })}
          </Text>
        )}
        {state === 'inside' && (
          <Button size="compact-sm" leftSection={<DoorOpen aria-hidden size={14} />} loading={open.isPending} onClick={() => open.mutate()}>
            {t('entry.open')}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<LogOut aria-hidden size={14} />}
          loading={end.isPending}
          onClick={() => end.mutate()}
        >
          {t(state === 'inside' ? 'entry.leave' : 'entry.giveUp')}
        </Button>
      </Group>
      <Text size="sm">{t('entry.because', { who: requestedBy, reason })}</Text>
      {state === 'waiting' && (
        <Text size="sm" c="dimmed" role="status" dir="auto">
          {says === '' ? t('entry.waiting') : says}
        </Text>
      )}
      {(end.error ?? open.error) !== null && <FailureNote error={end.error ?? open.error} />}
    </Stack>
  );
}
