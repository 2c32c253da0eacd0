import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MACHINE_ROLES, type MachineClientWithSecret, type MachineRole, ProblemError } from '@tenantry/contracts';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { machineClientsKey } from './machine-client-queries.ts';

interface NewMachineClientDialogProps {
  readonly onClose: () => void;
  readonly onMade: (made: MachineClientWithSecret) => void;
}

/** A program that is to act for the tenant: what it is called, and what it may do. */
export function NewMachineClientDialog({ onClose, onMade }: NewMachineClientDialogProps) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const key = useRef(crypto.randomUUID());
  const [name, setName] = useState('');
  const [role, setRole] = useState<MachineRole>('machine');
  const create = useMutation({
    mutationFn: async () => (await client.createMachineClient({ body: { name: name.trim(), role }, idempotencyKey: key.current })).data,
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: machineClientsKey(tenant) });
      onMade(made);
    },
    onError: (error) => {
      if (error instanceof ProblemError) key.current = crypto.randomUUID();
    },
  });
  return (
    <Dialog onClose={onClose} title={t('machines.new')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('machines.name')}
            description={t('machines.nameHint')}
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Radio.Group label={t('members.role')} value={role} onChange={(value) => setRole(value as MachineRole)}>
            <Stack gap="xs" mt={4}>
              {MACHINE_ROLES.map((value) => (
                <Radio key={value} value={value} label={t(`machines.roles.${value}`)} description={t(`machines.roleHints.${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {create.isError && <ProblemNotice error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
                {t('machines.create')}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
