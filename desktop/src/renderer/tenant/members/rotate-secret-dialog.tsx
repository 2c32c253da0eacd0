import { Alert, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { MachineClient, MachineClientWithSecret } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { machineClientsKey } from './machine-client-queries.ts';

/** How long the old secret stays good, in seconds: what one has to do everywhere, today, this week. */
const OVERLAPS = { none: 0, hour: 3600, day: 86_400, week: 604_800 } as const;
type Overlap = keyof typeof OVERLAPS;

interface RotateSecretDialogProps {
  readonly machine: MachineClient;
  readonly onClose: () => void;
  readonly onMade: (made: MachineClientWithSecret) => void;
}

/** A new secret for a machine client, and how long the old one goes on beside it. */
export function RotateSecretDialog({ machine, onClose, onMade }: RotateSecretDialogProps) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  const key = useIdempotencyKey();
  const [overlap, setOverlap] = useState<Overlap>('day');
  const rotate = useMutation({
    mutationFn: async () => {
      const body = { overlapSeconds: OVERLAPS[overlap] };
      return (await client.rotateMachineClient({ params: { id: machine.id }, body, idempotencyKey: key.value })).data;
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: machineClientsKey(tenant) });
      onMade(made);
    },
    onError: key.failed,
  });
  const ends = machine.credentials.find(({ expiresAt }) => expiresAt !== null)?.expiresAt ?? null;
  return (
    <FormDialog
      onClose={onClose}
      title={t('machines.rotateNamed', { name: machine.name })}
      submit={t('machines.rotate')}
      action={rotate}
      {...(overlap === 'none' ? { color: 'red' } : {})}
      onSubmit={() => rotate.mutate()}
    >
      <Text size="sm">{t('machines.rotateHint')}</Text>
      {ends !== null && <Alert color="orange">{t('machines.underWay', { at: format.instant(ends) })}</Alert>}
      <Radio.Group label={t('machines.overlap')} value={overlap} onChange={(value) => setOverlap(value as Overlap)}>
        <Stack gap="xs" mt={4}>
          {(Object.keys(OVERLAPS) as Overlap[]).map((value) => (
            <Radio key={value} value={value} label={t(`machines.overlaps.${value}`)} />
          ))}
        </Stack>
      </Radio.Group>
    </FormDialog>
  );
}
