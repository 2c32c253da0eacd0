import { Anchor, Badge, Button, Code, Group, Loader, SegmentedControl, Stack, Text, Timeline, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Account, LongOperation } from '@tenantry/contracts';
import { ArrowLeftRight, FileChartColumn, Landmark, Pencil, Plug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { ACCOUNTS_FOLLOWED, useCustomerActivity } from './activity-queries.ts';
import { changedFields, importOf, type TimelineEntry, timelineOf } from './customer-timeline.ts';
import { FieldChanges } from './field-changes.tsx';

/** What the timeline may be narrowed to, and the kinds of entries of each. */
const ACTIVITY_KINDS = { changes: ['change', 'account'], bookings: ['booking'], systems: ['system'] } as const;
type ActivityKind = keyof typeof ACTIVITY_KINDS;

const ICONS = { change: Pencil, account: Landmark, booking: ArrowLeftRight, system: Plug, report: FileChartColumn } as const;
const COLOURS = { change: 'indigo', account: 'indigo', booking: 'teal', system: 'grape', report: 'gray' } as const;

interface CustomerActivityProps {
  readonly id: string;
  /** Nothing later than this. */
  readonly asOf: string | undefined;
  readonly only: ActivityKind | undefined;
  readonly onOnly: (only: ActivityKind | undefined) => void;
}

/** One line through everything that touched the customer, newest first, day by day. What happens meanwhile joins it. */
export function CustomerActivity({ id, asOf, only, onOnly }: CustomerActivityProps) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const activity = useCustomerActivity(id);
  if (activity.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (activity.isError) return <ProblemNotice error={activity.error} onRetry={() => void activity.refetch()} />;
  const { pages } = activity.data;
  const kinds: readonly string[] | undefined = only === undefined ? undefined : ACTIVITY_KINDS[only];
  const entries = timelineOf(pages.flatMap(({ parts }) => parts)).entries.filter(
    ({ at, kind }) => (asOf === undefined || at <= asOf) && (kinds === undefined || kinds.includes(kind)),
  );
  const days = Map.groupBy(entries, ({ at }) => format.dayOf(at));
  const first = pages[0];
  return (
    <Stack maw={900}>
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label={t('timeline.only')}
          value={only ?? 'everything'}
          onChange={(value) => onOnly(value === 'everything' ? undefined : (value as ActivityKind))}
          data={(['everything', 'changes', 'bookings', 'systems'] as const).map((value) => ({
            value,
            label: t(`timeline.kinds.${value}`),
          }))}
        />
        {first?.accountsLeftOut === true && (
          <Text size="sm" c="dimmed">
            {t('timeline.accountsLeftOut', { number: format.number(ACCOUNTS_FOLLOWED) })}
          </Text>
        )}
      </Group>
      {entries.length === 0 && <EmptyNotice title={t('timeline.none')} hint={t('timeline.noneHint')} />}
      {[...days].map(([day, happened]) => (
        <section key={day} aria-label={day}>
          <Title order={2} size="h6" c="dimmed" mb="sm">
            {day}
          </Title>
          {/* All of it has happened: every bullet has its colour. */}
          <Timeline bulletSize={26} lineWidth={2} active={happened.length - 1}>
            {happened.map((entry) => (
              <Timeline.Item
                key={entry.key}
                bullet={<Bullet kind={entry.kind} />}
                color={COLOURS[entry.kind]}
                title={<Headline entry={entry} accounts={first?.accounts ?? []} />}
              >
                <More entry={entry} operations={first?.operations ?? []} />
              </Timeline.Item>
            ))}
          </Timeline>
        </section>
      ))}
      {activity.hasNextPage && (
        <Button variant="default" loading={activity.isFetchingNextPage} onClick={() => void activity.fetchNextPage()}>
          {t('showMore')}
        </Button>
      )}
    </Stack>
  );
}

function Bullet({ kind }: { readonly kind: TimelineEntry['kind'] }) {
  const Icon = ICONS[kind];
  return <Icon aria-hidden size={14} />;
}

function Headline({ entry, accounts }: { readonly entry: TimelineEntry; readonly accounts: readonly Account[] }) {
  const format = useFormat();
  return (
    <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
      <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
        <What entry={entry} account={'accountId' in entry ? accounts.find(({ id }) => id === entry.accountId) : undefined} />
      </Text>
      <Text size="sm" c="dimmed" style={{ flexShrink: 0 }} title={format.instant(entry.at)}>
        {format.time(entry.at)} · <ActorName actor={entry.actor} />
      </Text>
    </Group>
  );
}

/** What there is to say of it beside that it happened. */
function More({ entry, operations }: { readonly entry: TimelineEntry; readonly operations: readonly LongOperation[] }) {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const words = entry.kind === 'account' ? 'accounts.fields' : 'customer.fields';
  const nameOf = (field: string) => t(`${words}.${field}` as 'customer.fields.name', { defaultValue: field });
  return (
    <>
      {importOf(entry, operations) !== undefined && (
        <Anchor size="xs" renderRoot={(props) => <Link to="/tenants/$tenant/activity" params={{ tenant }} {...props} />}>
          {t('timeline.byImport')}
        </Anchor>
      )}
      {entry.kind === 'booking' && entry.transaction !== undefined && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {[entry.transaction.reference, entry.transaction.description].filter((text) => text !== null && text !== '').join(' · ')}
        </Text>
      )}
      {(entry.kind === 'change' || entry.kind === 'account') && entry.version.changes.length > 0 && (
        <Details summary={t('timeline.whatChanged', { fields: changedFields(entry.version.changes).map(nameOf).join(', ') })}>
          <FieldChanges changes={entry.version.changes} />
        </Details>
      )}
      {entry.kind === 'system' && (
        <Details summary={t('timeline.whatItSays')}>
          <Code block>{JSON.stringify(entry.payload, null, 2)}</Code>
        </Details>
      )}
    </>
  );
}

/** What happened, in a few words. */
function What({ entry, account }: { readonly entry: TimelineEntry; readonly account: Account | undefined }) {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const format = useFormat();
  const number = account?.number ?? '';
  const link = (accountId: string, text: string) => (
    <Anchor inherit renderRoot={(props) => <Link to="/tenants/$tenant/accounts/$accountId" params={{ tenant, accountId }} {...props} />}>
      {text}
    </Anchor>
  );
  switch (entry.kind) {
    case 'change':
      return t(`timeline.changes.${entry.version.change}`);
    case 'account':
      return link(
        entry.accountId,
        t(entry.version.change === 'created' ? 'timeline.accountOpened' : 'timeline.accountChanged', { number }),
      );
    case 'booking':
      return (
        <Group gap="xs" component="span">
          {entry.transaction === undefined ? t('timeline.booking') : t(`transactions.kinds.${entry.transaction.kind}`)}
          <span style={{ fontVariantNumeric: 'tabular-nums' }}>{format.money(entry.amountMinor, account?.currency ?? 'EUR')}</span>
          {link(entry.accountId, t('accounts.numbered', { number }))}
          {entry.transaction !== undefined && entry.transaction.reversedBy !== null && (
            <Badge size="xs" variant="default" tt="none">
              {t('accounts.reversed')}
            </Badge>
          )}
        </Group>
      );
    case 'system':
      return t('timeline.told', { source: entry.source, version: entry.version });
    case 'report':
      return `${t('timeline.reported', { report: t(`reports.names.${entry.report}`) })} (${t(`activity.status.${entry.status}`)})`;
  }
}

/** More than one line, for those who ask. */
function Details({ summary, children }: { readonly summary: string; readonly children: ReactNode }) {
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed" style={{ cursor: 'pointer' }}>
        {summary}
      </Text>
      {children}
    </details>
  );
}
