import { Alert, Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type MachineClient, type MachineClientWithSecret, ProblemError } from '@tenantry/contracts';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
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
  const key = useRef(crypto.randomUUID());
  const [overlap, setOverlap] = useState<Overlap>('day');
  const rotate = useMutation({
    mutationFn: async () => {
      const body = { overlapSeconds: OVERLAPS[overlap] };
      return (await client.rotateMachineClient({ params: { id: machine.id }, body, idempotencyKey: key.current })).data;
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: machineClientsKey(tenant) });
      onMade(made);
    },
    onError: (error) => {
      if (error instanceof ProblemError) key.current = crypto.randomUUID();
    },
  });
  const ends = machine.credentials.find(({ expiresAt }) => expiresAt !== null)?.expiresAt ?? null;
  return (
    <Dialog onClose={onClose} title={t('machines.rotateNamed', { name: machine.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rotate.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t('machines.rotateHint')}</Text>
          {ends !== null && <Alert color="orange">{t('machines.underWay', { at: format.instant(ends) })}</Alert>}
          <Radio.Group label={t('machines.overlap')} value={overlap} onChange={(value) => setOverlap(value as Overlap)}>
            <Stack gap="xs" mt={4}>
              {(Object.keys(OVERLAPS) as Overlap[]).map((value) => (
                <Radio key={value} value={value} label={t(`machines.overlaps.${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {rotate.isError && <ProblemNotice error={rotate.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" loading={rotate.isPending} {...(overlap === 'none' ? { color: 'red' } : {})}>
                {t('machines.rotate')}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
