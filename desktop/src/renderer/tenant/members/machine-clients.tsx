import { Badge, Button, Code, Group, Loader, Menu, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MACHINE_CLIENTS_MAX, type MachineClient, type MachineClientWithSecret } from '@tenantry/contracts';
import { Bot, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useMay } from '../tenant-access.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { machineClientsKey, useMachineClients } from './machine-client-queries.ts';
import { NewMachineClientDialog } from './new-machine-client-dialog.tsx';
import { RotateSecretDialog } from './rotate-secret-dialog.tsx';

type Dialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'rotate' | 'delete'; readonly machine: MachineClient }
  | { readonly kind: 'secret'; readonly made: MachineClientWithSecret };

/** Programs that act for the tenant: what they may do, when they were last heard of, and their secrets' lives. */
export function MachineClients() {
  const { t } = useTranslation('tenant');
  const mayMake = useMay('createMachineClient');
  const [dialog, setDialog] = useState<Dialog>();
  const list = useMachineClients();
  const close = () => setDialog(undefined);
  const show = (made: MachineClientWithSecret) => setDialog({ kind: 'secret', made });
  const isFull = (list.data?.length ?? 0) >= MACHINE_CLIENTS_MAX;
  const add = mayMake && (
    <Writing>
      <Button variant="default" leftSection={<Bot aria-hidden size={16} />} disabled={isFull} onClick={() => setDialog({ kind: 'new' })}>
        {isFull ? t('machines.full', { count: MACHINE_CLIENTS_MAX }) : t('machines.new')}
      </Button>
    </Writing>
  );
  return (
    <Stack>
      {list.isPending && <Loader role="img" aria-label={t('loading')} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <EmptyNotice title={t('machines.none')} hint={t('machines.noneHint')}>
          {add}
        </EmptyNotice>
      )}
      {list.data !== undefined && list.data.length > 0 && (
        <>
          <Group>{add}</Group>
          <Table.ScrollContainer minWidth={800}>
            <Table highlightOnHover verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('machines.name')}</Table.Th>
                  <Table.Th>{t('members.role')}</Table.Th>
                  <Table.Th>{t('machines.credentials')}</Table.Th>
                  <Table.Th>{t('machines.created')}</Table.Th>
                  <Table.Th>{t('members.actions')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {list.data.map((machine) => (
                  <MachineRow key={machine.id} machine={machine} onAsk={(kind) => setDialog({ kind, machine })} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
      {dialog?.kind === 'new' && <NewMachineClientDialog onClose={close} onMade={show} />}
      {dialog?.kind === 'rotate' && <RotateSecretDialog machine={dialog.machine} onClose={close} onMade={show} />}
      {dialog?.kind === 'delete' && <DeleteMachineClientDialog machine={dialog.machine} onClose={close} />}
      {dialog?.kind === 'secret' && <MachineSecret made={dialog.made} onClose={close} />}
    </Stack>
  );
}

function MachineRow({ machine, onAsk }: { readonly machine: MachineClient; readonly onAsk: (kind: 'rotate' | 'delete') => void }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const mayChange = useMay('rotateMachineClient', 'deleteMachineClient');
  return (
    <Table.Tr>
      <Table.Th scope="row">{machine.name}</Table.Th>
      <Table.Td>{t(`machines.roles.${machine.role}`)}</Table.Td>
      <Table.Td>
        <Stack gap={4}>
          {machine.credentials.map(({ clientId, expiresAt, lastUsedAt }) => (
            <Group key={clientId} gap="xs">
              <Code>{clientId}</Code>
              {expiresAt !== null && (
                <Badge color="orange" variant="light" size="sm" tt="none">
                  {t('machines.endsAt', { at: format.instant(expiresAt) })}
                </Badge>
              )}
              <Text size="xs" c="dimmed">
                {lastUsedAt === null ? t('machines.neverUsed') : t('machines.usedAt', { ago: format.ago(lastUsedAt) })}
              </Text>
            </Group>
          ))}
        </Stack>
      </Table.Td>
      <Table.Td>
        {format.instant(machine.createdAt)} · <ActorName actor={machine.createdBy} />
      </Table.Td>
      <Table.Td>
        {mayChange && (
          <Writing>
            <Menu withinPortal position="bottom-end">
              <Menu.Target>
                <Button
                  size="compact-sm"
                  variant="default"
                  rightSection={<ChevronDown aria-hidden size={14} />}
                  aria-label={t('members.changeNamed', { name: machine.name })}
                >
                  {t('members.change')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => onAsk('rotate')}>{t('machines.rotate')}</Menu.Item>
                <Menu.Divider />
                <Menu.Item color="var(--mantine-color-error)" onClick={() => onAsk('delete')}>
                  {t('machines.delete')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Writing>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** What the program needs to get tokens. */
function MachineSecret({ made, onClose }: { readonly made: MachineClientWithSecret; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { secret, machineClient } = made;
  return (
    <SecretDialog
      title={machineClient.name}
      hint={t('machines.secretOnce')}
      values={
        secret && [
          [t('machines.clientId'), secret.clientId],
          [t('machines.clientSecret'), secret.clientSecret],
          [t('machines.tokenUrl'), secret.tokenUrl],
        ]
      }
      onClose={onClose}
    />
  );
}

function DeleteMachineClientDialog({ machine, onClose }: { readonly machine: MachineClient; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => client.deleteMachineClient({ params: { id: machine.id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: machineClientsKey(tenant) });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={t('machines.delete')}
      hint={t('machines.deleteHint', { name: machine.name })}
      typed={{ name: machine.name, label: t('customer.typeName', { name: machine.name }) }}
      action={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
