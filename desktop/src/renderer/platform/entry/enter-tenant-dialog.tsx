import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { STAFF_ROLES, type StaffRole } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantEntryRequest } from '../../../platform/platform-view-questions.ts';
import { useEnvironments } from '../../app/environments.ts';
import { useSession } from '../../app/session.ts';
import { Dialog } from '../../kit/dialog.tsx';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';

/** How long one may choose to be in. */
const MINUTES = [15, 30, 60, 120, 240, 480] as const;

/** Asks to be let into a tenant: as what, for how long and why, which the tenant is told. */
export function EnterTenantDialog({ tenant, onClose }: { readonly tenant: string; readonly onClose: () => void }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const { current } = useEnvironments();
  const staff = useSession('staff').session?.person;
  const member = useSession('tenants').session?.person;
  const [email, setEmail] = useState(member?.email ?? staff?.email ?? '');
  const [role, setRole] = useState<StaffRole>('viewer');
  const [minutes, setMinutes] = useState(30);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const ask = useMutation({
    mutationFn: (request: TenantEntryRequest) => access.ask('entries.ask', request),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['platform', 'entries', tenant] });
      onClose();
    },
  });
  const asksName = current?.kind === 'production';
  const isMissing = reason.trim() === '' || email.trim() === '';
  const request = { tenant, email: email.trim(), role, reason: reason.trim(), minutes };
  return (
    <Dialog onClose={onClose} title={t('entry.title', { name: tenant })} size="md" closeButtonProps={{ 'aria-label': t('change.close') }}>
      <Stack gap="md">
        <Text size="sm">{t('entry.what')}</Text>
        <Textarea
          label={t('change.reason')}
          description={t('entry.reasonShown')}
          required
          data-autofocus
          maxLength={256}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group grow align="flex-start">
          <Select
            label={t('entry.duration')}
            data={MINUTES.map((each) => ({ value: `${each}`, label: durationWords(each) }))}
            value={`${minutes}`}
            allowDeselect={false}
            comboboxProps={{ withinPortal: true }}
            onChange={(value) => setMinutes(Number(value))}
          />
          <Select
            label={t('entry.role')}
            data={STAFF_ROLES.map((each) => ({ value: each, label: t(`entry.roles.${each}`) }))}
            value={role}
            allowDeselect={false}
            comboboxProps={{ withinPortal: true }}
            onChange={(value) => setRole((value ?? 'viewer') as StaffRole)}
          />
        </Group>
        <TextInput
          label={t('entry.email')}
          description={t('entry.emailHint')}
          type="email"
          dir="ltr"
          required
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        {asksName && (
          <TextInput
            label={t('change.typeName', { name: tenant })}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {ask.error !== null && <FailureNote error={ask.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('change.cancel')}
          </Button>
          <Button disabled={isMissing || (asksName && typed !== tenant)} loading={ask.isPending} onClick={() => ask.mutate(request)}>
            {t('entry.ask', { name: tenant })}
          </Button>
        </Group>
        {isMissing && (
          <Text size="xs" c="dimmed" ta="end">
            {t('change.reasonFirst')}
          </Text>
        )}
      </Stack>
    </Dialog>
  );

  function durationWords(each: number): string {
    return each < 60 ? t('entry.minutes', { count: each }) : t('entry.hours', { count: each / 60 });
  }
}
