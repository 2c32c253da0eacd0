import { ActionIcon, Alert, Button, Code, CopyButton, Group, Loader, Menu, Popover, Tabs, TextInput, Tooltip } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ProblemError } from '@tenantry/contracts';
import { Check, ChevronDown, Copy, History, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { CustomerAccounts } from '../accounts/customer-accounts.tsx';
import { StatusBadge } from '../customers/status-badge.tsx';
import { LiveBadge } from '../live/live-badge.tsx';
import { useMay } from '../tenant-access.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { CustomerActivity } from './customer-activity.tsx';
import { CustomerDetails } from './customer-details.tsx';
import { CustomerHistory } from './customer-history.tsx';
import { CustomerIntegrations } from './customer-integrations.tsx';
import { useCustomer } from './customer-queries.ts';
import { DeleteCustomerDialog } from './delete-customer-dialog.tsx';
import { DeletedCustomer } from './deleted-customer.tsx';

const route = getRouteApi('/tenants/$tenant/customers/$customerId');
const TABS = ['details', 'activity', 'accounts', 'history', 'integrations'] as const;

/** Everything about one customer, now or as it was. */
export function CustomerScreen() {
  const { t } = useTranslation('tenant');
  const { tenant, customerId } = route.useParams();
  const { tab = 'details', asOf, edit = false, only } = route.useSearch();
  const navigate = route.useNavigate();
  const format = useFormat();
  const mayChange = useMay('updateCustomer');
  const mayDelete = useMay('deleteCustomer');
  const [deleting, setDeleting] = useState(false);
  const read = useCustomer(customerId, asOf);
  const back = (
    <Link to="/tenants/$tenant/customers" params={{ tenant }}>
      {t('customer.backToList')}
    </Link>
  );
  if (read.isPending)
    return (
      <Screen title={t('customer.title')}>
        <Loader mx="auto" my="xl" role="img" aria-label={t('loading')} />
      </Screen>
    );
  // What was read before it went is no customer any more; only what somebody is typing stays in their hands.
  const isGone = asOf === undefined && read.error instanceof ProblemError && read.error.problem.code === 'not-found';
  if (read.data === undefined || (isGone && !edit)) {
    return (
      <Screen title={t('customer.title')} description={back}>
        {isGone ? <DeletedCustomer id={customerId} /> : <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />}
      </Screen>
    );
  }
  const { customer } = read.data;
  return (
    <Screen
      title={customer.name}
      description={
        <Group gap="sm">
          {back}
          <StatusBadge status={customer.status} />
          <Group gap={2}>
            <Code>{customer.id}</Code>
            <CopyButton value={customer.id}>
              {({ copied, copy }) => (
                <Tooltip label={t('customer.copyId')}>
                  <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t('customer.copyId')}>
                    {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
                  </ActionIcon>
                </Tooltip>
              )}
            </CopyButton>
          </Group>
          <LiveBadge />
        </Group>
      }
      actions={
        <>
          <TimeTravel asOf={asOf} onChange={(at) => void navigate({ search: (old) => ({ ...old, asOf: at, edit: undefined }) })} />
          {mayChange && asOf === undefined && !edit && (
            <Writing>
              <Button
                leftSection={<Pencil aria-hidden size={16} />}
                onClick={() => void navigate({ search: { tab: 'details', edit: true } })}
              >
                {t('customer.edit')}
              </Button>
            </Writing>
          )}
          {mayDelete && asOf === undefined && (
            <Writing>
              <Menu withinPortal position="bottom-end">
                <Menu.Target>
                  <Button variant="default" rightSection={<ChevronDown aria-hidden size={14} />}>
                    {t('customer.more')}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item
                    color="var(--mantine-color-error)"
                    leftSection={<Trash2 aria-hidden size={14} />}
                    onClick={() => setDeleting(true)}
                  >
                    {t('customer.delete')}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Writing>
          )}
        </>
      }
    >
      {asOf !== undefined && (
        <Alert color="orange" icon={<History aria-hidden size={20} />} title={t('customer.asItWas', { at: format.instant(asOf) })}>
          <Button size="xs" variant="default" onClick={() => void navigate({ search: ({ asOf: _, ...old }) => old })}>
            {t('customer.backToNow')}
          </Button>
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: (old) => ({ ...old, tab: (next ?? 'details') as typeof tab }) })}
        keepMounted={false}
      >
        <Tabs.List>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`customer.tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="details" pt="md">
          <CustomerDetails
            key={edit ? 'edit' : 'read'}
            read={read.data}
            editing={edit && mayChange && asOf === undefined}
            onDone={() => void navigate({ search: ({ edit: _, ...old }) => old })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="activity" pt="md">
          <CustomerActivity
            id={customerId}
            asOf={asOf}
            only={only}
            onOnly={(next) => void navigate({ search: (old) => ({ ...old, only: next }) })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="accounts" pt="md">
          <CustomerAccounts customerId={customerId} {...(asOf === undefined ? {} : { asOf })} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <CustomerHistory id={customerId} onTravel={(at) => void navigate({ search: { tab: 'details', asOf: at } })} />
        </Tabs.Panel>
        <Tabs.Panel value="integrations" pt="md">
          <CustomerIntegrations id={customerId} />
        </Tabs.Panel>
      </Tabs>
      {deleting && <DeleteCustomerDialog read={read.data} onClose={() => setDeleting(false)} />}
    </Screen>
  );
}

/** An instant to look at: what was known of the customer then. */
function TimeTravel({ asOf, onChange }: { readonly asOf: string | undefined; readonly onChange: (at: string | undefined) => void }) {
  const { t } = useTranslation('tenant');
  const local =
    asOf === undefined ? '' : new Date(Date.parse(asOf) - new Date(asOf).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return (
    <Popover position="bottom-end" withinPortal trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<History aria-hidden size={16} />}>
          {t('customer.asOfButton')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <TextInput
          type="datetime-local"
          label={t('customer.asOf')}
          value={local}
          data-autofocus
          onChange={({ currentTarget: { value } }) => onChange(value === '' ? undefined : new Date(value).toISOString())}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
