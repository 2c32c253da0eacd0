import { Badge, Button, Loader, Menu, Select, Table, Tabs, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { MEMBER_ROLES, type MemberRole, ProblemError, type User, type UserPatch } from '@tenantry/contracts';
import { ChevronDown, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useMe } from '../../app/use-me.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useMay } from '../tenant-access.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { MachineClients } from './machine-clients.tsx';

const COLOURS = { invited: 'blue', active: 'teal', deactivated: 'gray' } as const;

const route = getRouteApi('/tenants/$tenant/members');

/** Who acts in the tenant, people and programs, and what each may do. */
export function MembersScreen() {
  const { t } = useTranslation('tenant');
  const { tab = 'people' } = route.useSearch();
  const navigate = route.useNavigate();
  const mayInvite = useMay('inviteUser');
  const [inviting, setInviting] = useState(false);
  return (
    <Screen
      title={t('members.title')}
      actions={
        mayInvite &&
        tab === 'people' && (
          <Writing>
            <Button leftSection={<UserPlus aria-hidden size={16} />} onClick={() => setInviting(true)}>
              {t('members.invite')}
            </Button>
          </Writing>
        )
      }
    >
      <Tabs value={tab} keepMounted={false} onChange={(next) => void navigate({ search: next === 'machines' ? { tab: 'machines' } : {} })}>
        <Tabs.List>
          <Tabs.Tab value="people">{t('members.people')}</Tabs.Tab>
          <Tabs.Tab value="machines">{t('machines.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people" pt="md">
          <People />
        </Tabs.Panel>
        <Tabs.Panel value="machines" pt="md">
          <MachineClients />
        </Tabs.Panel>
      </Tabs>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Screen>
  );
}

function People() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const me = useMe(tenant);
  const list = useQuery({
    queryKey: ['tenant', tenant, 'users', 'list'],
    queryFn: async ({ signal }) => (await client.listUsers({ query: { limit: 200 }, signal })).data.items,
  });
  if (list.isPending) return <Loader mx="auto" role="img" aria-label={t('loading')} />;
  if (list.isError) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Table.ScrollContainer minWidth={700}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('members.person')}</Table.Th>
            <Table.Th>{t('members.role')}</Table.Th>
            <Table.Th>{t('members.status')}</Table.Th>
            <Table.Th>{t('members.seen')}</Table.Th>
            <Table.Th>{t('members.actions')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.data.map((user) => (
            <Table.Tr key={user.id}>
              <Table.Th scope="row">
                {user.name ?? user.email ?? user.id}
                {user.subject !== null && user.subject === me?.subject && ` (${t('you')})`}
                <Text size="xs" c="dimmed">
                  {user.email}
                </Text>
              </Table.Th>
              <Table.Td>{t(`members.roles.${user.role}`)}</Table.Td>
              <Table.Td>
                <Badge color={COLOURS[user.status]} variant="light" tt="none">
                  {t(`members.states.${user.status}`)}
                </Badge>
                {user.pending && <Text size="xs">{t('members.pending')}</Text>}
              </Table.Td>
              <Table.Td>{user.lastSeenAt === null ? '–' : format.ago(user.lastSeenAt)}</Table.Td>
              <Table.Td>
                <MemberMenu user={user} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function MemberMenu({ user }: { readonly user: User }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const ending = {
    onError: (error: Error) =>
      notifications.show({
        color: 'red',
        title: t('members.notChanged'),
        message: error instanceof ProblemError ? error.problem.detail : error.message,
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'users'] }),
  };
  const params = { id: user.id };
  const ifMatch = `"${user.version}"`;
  const change = useMutation({ mutationFn: (patch: UserPatch) => client.updateUser({ params, body: patch, ifMatch }), ...ending });
  const remind = useMutation({ mutationFn: () => client.remindUser({ params, idempotencyKey: crypto.randomUUID() }), ...ending });
  // Its dialog says why it could not be done.
  const remove = useMutation({ mutationFn: () => client.removeUser({ params, ifMatch }), onSettled: ending.onSettled });
  return (
    <>
      <Writing>
        {' '}
        <Menu withinPortal position="bottom-end">
          <Menu.Target>
            <Button
              size="compact-sm"
              variant="default"
              loading={change.isPending || remind.isPending}
              rightSection={<ChevronDown aria-hidden size={14} />}
              aria-label={t('members.changeNamed', { name: user.email ?? user.id })}
            >
              {t('members.change')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {MEMBER_ROLES.filter((role) => role !== user.role).map((role) => (
              <Menu.Item key={role} onClick={() => change.mutate({ role })}>
                {t(`members.make.${role}`)}
              </Menu.Item>
            ))}
            {user.status === 'invited' && <Menu.Item onClick={() => remind.mutate()}>{t('members.remind')}</Menu.Item>}
            {user.status !== 'invited' && (
              <Menu.Item onClick={() => change.mutate({ status: user.status === 'active' ? 'deactivated' : 'active' })}>
                {t(user.status === 'active' ? 'members.deactivate' : 'members.reactivate')}
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item color="var(--mantine-color-error)" onClick={() => setRemoving(true)}>
              {t('members.remove')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {removing && (
          <ConfirmDialog
            title={t('members.remove')}
            hint={t('members.removeHint', { name: user.email ?? user.id })}
            action={remove}
            onConfirm={() => remove.mutate()}
            onClose={() => setRemoving(false)}
          />
        )}
      </Writing>{' '}
    </>
  );
}

function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const key = useIdempotencyKey();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<MemberRole>('viewer');
  const invite = useMutation({
    mutationFn: () => client.inviteUser({ body: { email: email.trim(), role }, idempotencyKey: key.value }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['tenant', tenant, 'users'] });
      onClose();
    },
    onError: key.failed,
  });
  return (
    <FormDialog onClose={onClose} title={t('members.invite')} submit={t('members.invite')} action={invite} onSubmit={() => invite.mutate()}>
      <TextInput
        label={t('customer.fields.email')}
        type="email"
        required
        data-autofocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <Select
        label={t('members.role')}
        data={MEMBER_ROLES.map((value) => ({ value, label: t(`members.roles.${value}`) }))}
        value={role}
        allowDeselect={false}
        onChange={(value) => setRole((value ?? 'viewer') as MemberRole)}
      />
    </FormDialog>
  );
}
