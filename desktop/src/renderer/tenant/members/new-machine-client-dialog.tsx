import { Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MACHINE_ROLES, type MachineClientWithSecret, type MachineRole } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
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
  const key = useIdempotencyKey();
  const [name, setName] = useState('');
  const [role, setRole] = useState<MachineRole>('machine');
  const create = useMutation({
    mutationFn: async () => (await client.createMachineClient({ body: { name: name.trim(), role }, idempotencyKey: key.value })).data,
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: machineClientsKey(tenant) });
      onMade(made);
    },
    onError: key.failed,
  });
  return (
    <FormDialog
      onClose={onClose}
      title={t('machines.new')}
      submit={t('machines.create')}
      action={create}
      isReady={name.trim() !== ''}
      onSubmit={() => create.mutate()}
    >
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
    </FormDialog>
  );
}
