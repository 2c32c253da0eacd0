import type { ReportAccount, ReportChange, ReportData } from './report-data.ts';
import { modelBalances, modelSegments, modelVolume } from './report-model.ts';

/** Instants are UTC, as the figures are. */
const dayOf = (instant: string): string => instant.slice(0, 10);
const monthOf = (instant: string): string => instant.slice(0, 7);
const FAR = { timeZone: 'UTC', asOf: '2099-01-01T00:00:00.000Z' };

/** What `GET /v1/reports/daily` must say besides its freshness, of the data and of those of its changes that are in the event log. */
export function modelDailyFigures(data: ReportData, logged: readonly ReportChange[], period: { from: string; to: string }) {
  const owner = new Map(data.accounts.map(({ id, customerId }) => [id, customerId]));
  const end = { timeZone: 'UTC', asOf: new Date(Date.parse(period.to) - 1).toISOString() };
  const volume = modelVolume(data, period, 'day', FAR);
  const steps = data.customers.flatMap(({ versions }) =>
    versions.flatMap(({ at, status }, place) => {
      const wasThere = versions[place - 1]?.status !== undefined;
      return wasThere === (status !== undefined) ? [] : [{ day: dayOf(at), change: wasThere ? -1 : 1 }];
    }),
  );
  const days = daysOf(period).map((day) => {
    const here = steps.filter((step) => step.day === day);
    const came = here.filter(({ change }) => change === 1).length;
    const customers = steps.reduce((sum, step) => sum + (step.day <= day ? step.change : 0), 0);
    const ofDay = volume.filter(([period]) => period === day);
    const booked = data.transactions.filter(({ bookedAt }) => dayOf(bookedAt) === day);
    return {
      ...{ day, customers, came, went: here.length - came },
      activeCustomers: new Set(booked.map(({ accountId }) => owner.get(accountId))).size,
      transactions: booked.length,
      events: logged.filter(({ at }) => dayOf(at) === day).length,
      volume: ofDay
        .map(([, accountType, currency, count, creditMinor, debitMinor]) => ({
          ...{ accountType, currency, transactions: Number(count), creditMinor, debitMinor },
        }))
        .sort(inOrder('accountType', 'currency')),
    };
  });
  const customers = modelSegments(data, end)
    .map(([segment, status, count]) => ({ status, segment: segment || null, customers: Number(count) }))
    .sort(inOrder('status', 'segment'));
  return { ...period, timeZone: 'UTC', customers, accounts: accountsAt(data, end), days };
}

function daysOf({ from, to }: { from: string; to: string }): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

function accountsAt(data: ReportData, end: { timeZone: string; asOf: string }) {
  const balances = modelBalances(data, end);
  const isOpen = ({ createdAt, closedAt }: ReportAccount) => createdAt <= end.asOf && !(closedAt !== null && closedAt <= end.asOf);
  const kinds = new Map(data.accounts.map(({ type, currency }) => [`${type} ${currency}`, { type, currency }]));
  return [...kinds.values()]
    .map(({ type, currency }) => ({
      ...{ accountType: type, currency },
      accounts: data.accounts.filter((each) => each.type === type && each.currency === currency && isOpen(each)).length,
      balanceMinor: String(
        balances
          .filter(([, , , , t, c]) => t === type && c === currency)
          .reduce((sum, [, , , , , , balance = '0']) => sum + BigInt(balance), 0n),
      ),
    }))
    .filter(({ accounts, balanceMinor }) => accounts > 0 || balanceMinor !== '0')
    .sort(inOrder('accountType', 'currency'));
}

/** What `GET /v1/reports/cohorts` must say. */
export function modelCohortFigures({ customers, accounts, transactions }: ReportData, from: string, to: string) {
  const owner = new Map(accounts.map(({ id, customerId }) => [id, customerId]));
  const months: string[] = [];
  for (let at = new Date(`${from}-01T00:00:00Z`); at.toISOString().slice(0, 7) <= to; at.setUTCMonth(at.getUTCMonth() + 1)) {
    months.push(at.toISOString().slice(0, 7));
  }
  return months.flatMap((cohort) => {
    const members = new Set(customers.filter(({ createdAt }) => monthOf(createdAt) === cohort).map(({ id }) => id));
    if (members.size === 0) return [];
    const activeIn = (month: string): number => {
      const owners = transactions.filter(({ bookedAt }) => monthOf(bookedAt) === month).map(({ accountId }) => owner.get(accountId) ?? '');
      return new Set(owners.filter((id) => members.has(id))).size;
    };
    return [
      {
        cohort,
        customers: members.size,
        months: months.filter((month) => month >= cohort).map((month) => ({ month, active: activeIn(month) })),
      },
    ];
  });
}

const inOrder =
  <Key extends string>(...keys: readonly Key[]) =>
  (a: { readonly [Each in Key]?: string | null | undefined }, b: { readonly [Each in Key]?: string | null | undefined }): number => {
    for (const key of keys) {
      const [left, right] = [a[key] ?? '', b[key] ?? ''];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
