import type { ReportAccount, ReportCustomer, ReportData, ReportTransaction } from './report-data.ts';

/*
 * What reports must say, computed in the plainest way: loops over everything, days by Intl, sums in bigint. Rows are cells of text as a CSV file
 * has them, and in no order that matters unless said.
 */

type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year';
interface Asked {
  readonly timeZone: string;
  readonly asOf: string;
}

/** The day an instant is in, somewhere: `2026-03-29`. */
export const localDay = (instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(instant));

/** First day of the unit a day is in. */
function unitStart(day: string, unit: Unit): string {
  const date = new Date(`${day}T00:00:00Z`);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (unit === 'week') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (unit === 'month') date.setUTCDate(1);
  if (unit === 'quarter') date.setTime(Date.UTC(year, month - (month % 3), 1));
  if (unit === 'year') date.setTime(Date.UTC(year, 0, 1));
  return date.toISOString().slice(0, 10);
}

function nextUnit(start: string, unit: Unit): string {
  const date = new Date(`${start}T00:00:00Z`);
  if (unit === 'day' || unit === 'week') date.setUTCDate(date.getUTCDate() + (unit === 'day' ? 1 : 7));
  else date.setUTCMonth(date.getUTCMonth() + { month: 1, quarter: 3, year: 12 }[unit]);
  return date.toISOString().slice(0, 10);
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const percent = (part: number, whole: number): string => (Math.round((part * 10_000) / whole) / 100).toFixed(2);
const byId = <T extends { readonly id: string }>(things: readonly T[]) => new Map(things.map((thing) => [thing.id, thing]));
const stateAt = ({ versions }: ReportCustomer, asOf: string) => versions.filter(({ at }) => at <= asOf).at(-1);

function groups<T>(things: readonly T[], keyOf: (thing: T) => readonly string[]): [key: string[], members: T[]][] {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    const key = JSON.stringify(keyOf(thing));
    found.set(key, [...(found.get(key) ?? []), thing]);
  }
  return [...found].map(([key, members]) => [JSON.parse(key) as string[], members]);
}

const within = (instant: string, { from, to }: { from: string; to: string }, timeZone: string): boolean => {
  const day = localDay(instant, timeZone);
  return day >= from && day < to;
};

const credits = (all: readonly ReportTransaction[]): bigint => sum(all.map(({ amountMinor }) => (amountMinor > 0n ? amountMinor : 0n)));
const debits = (all: readonly ReportTransaction[]): bigint => sum(all.map(({ amountMinor }) => (amountMinor < 0n ? -amountMinor : 0n)));

export function modelVolume(
  { accounts, transactions }: ReportData,
  period: { from: string; to: string },
  by: Unit,
  { timeZone, asOf }: Asked,
): string[][] {
  const account = byId(accounts);
  const counted = transactions.filter(({ createdAt, bookedAt }) => createdAt <= asOf && within(bookedAt, period, timeZone));
  return groups(counted, ({ bookedAt, accountId }) => {
    const { type, currency } = account.get(accountId) as ReportAccount;
    return [unitStart(localDay(bookedAt, timeZone), by), type, currency];
  }).map(([key, all]) => [...key, String(all.length), String(credits(all)), String(debits(all)), String(credits(all) - debits(all))]);
}

export function modelGrowth(
  { customers }: ReportData,
  period: { from: string; to: string },
  by: Unit,
  { timeZone, asOf }: Asked,
): string[][] {
  const steps = customers.flatMap(({ versions }) =>
    versions.flatMap(({ at, status }, place) => {
      const was = versions[place - 1]?.status !== undefined;
      return at <= asOf && was !== (status !== undefined) ? [{ at, change: was ? -1 : 1 }] : [];
    }),
  );
  const rows: string[][] = [];
  const today = localDay(asOf, timeZone);
  for (let start = unitStart(period.from, by); start < period.to && start <= today; start = nextUnit(start, by)) {
    const here = steps.filter(({ at }) => within(at, period, timeZone) && unitStart(localDay(at, timeZone), by) === start);
    const came = here.filter(({ change }) => change === 1).length;
    const went = here.length - came;
    const end = nextUnit(start, by) < period.to ? nextUnit(start, by) : period.to;
    const there = steps.filter(({ at }) => localDay(at, timeZone) < end).reduce((total, { change }) => total + change, 0);
    rows.push([start, String(came), String(went), String(came - went), String(there)]);
  }
  return rows;
}

export function modelSegments({ customers }: ReportData, { asOf }: Asked): string[][] {
  const there = customers.flatMap((customer) => {
    const state = stateAt(customer, asOf);
    return state?.status === undefined ? [] : [[state.segment ?? '', state.status]];
  });
  return groups(there, (key) => key).map(([key, all]) => [...key, String(all.length), percent(all.length, there.length)]);
}

/** In order. */
export function modelStatement(
  data: ReportData,
  accountId: string,
  period: { from: string; to: string },
  { timeZone, asOf }: Asked,
): string[][] {
  const { currency } = byId(data.accounts).get(accountId) as ReportAccount;
  const own = data.transactions
    .filter((each) => each.accountId === accountId && each.createdAt <= asOf)
    .sort((a, b) => a.bookedAt.localeCompare(b.bookedAt) || a.version - b.version);
  let balance = sum(own.filter(({ bookedAt }) => localDay(bookedAt, timeZone) < period.from).map(({ amountMinor }) => amountMinor));
  const rows = [['opening', '', '', '', currency, '', String(balance)]];
  for (const { id, kind, bookedAt, amountMinor, description } of own.filter((each) => within(each.bookedAt, period, timeZone))) {
    balance += amountMinor;
    rows.push([kind, bookedAt, id, description ?? '', currency, String(amountMinor), String(balance)]);
  }
  return [...rows, ['closing', '', '', '', currency, '', String(balance)]];
}

export function modelBalances({ customers, accounts, transactions }: ReportData, { asOf }: Asked): string[][] {
  const customer = byId(customers);
  return accounts.flatMap(({ id, number, customerId, type, currency, createdAt, closedAt }) => {
    const own = transactions.filter((each) => each.accountId === id && each.createdAt <= asOf);
    const balance = sum(own.map(({ amountMinor }) => amountMinor));
    if (createdAt > asOf || (closedAt !== null && closedAt <= asOf && balance === 0n)) return [];
    const owner = customer.get(customerId) as ReportCustomer;
    return [[id, number, customerId, stateAt(owner, asOf)?.status === undefined ? '' : owner.name, type, currency, String(balance)]];
  });
}

export function modelTop(data: ReportData, period: { from: string; to: string }, top: number, { timeZone, asOf }: Asked): string[][] {
  const [account, customer] = [byId(data.accounts), byId(data.customers)];
  const counted = data.transactions.filter(({ createdAt, bookedAt }) => createdAt <= asOf && within(bookedAt, period, timeZone));
  const totals = groups(counted, ({ accountId }) => {
    const { customerId, currency } = account.get(accountId) as ReportAccount;
    return [currency, customerId];
  }).map(([[currency = '', id = ''], all]) => ({ currency, id, count: all.length, credit: credits(all), debit: debits(all) }));
  return totals.flatMap(({ currency, id, count, credit, debit }) => {
    const rank = 1 + totals.filter((other) => other.currency === currency && other.credit + other.debit > credit + debit).length;
    if (rank > top) return [];
    const owner = customer.get(id) as ReportCustomer;
    const name = stateAt(owner, asOf)?.status === undefined ? '' : owner.name;
    return [[currency, String(rank), id, name, String(count), String(credit), String(debit), String(credit + debit)]];
  });
}

export function modelDormant({ customers, accounts, transactions }: ReportData, days: number, { asOf }: Asked): string[][] {
  const account = byId(accounts);
  return customers.flatMap((customer) => {
    const state = stateAt(customer, asOf);
    if (state?.status !== 'active') return [];
    const booked = transactions
      .filter((each) => account.get(each.accountId)?.customerId === customer.id && each.createdAt <= asOf && each.bookedAt <= asOf)
      .map(({ bookedAt }) => bookedAt)
      .sort()
      .at(-1);
    const age = Math.floor((Date.parse(asOf) - Date.parse(booked ?? customer.createdAt)) / 86_400_000);
    return age >= days ? [[customer.id, customer.name, state.segment ?? '', customer.createdAt, booked ?? '', String(age)]] : [];
  });
}

export function modelCohorts(data: ReportData, period: { from: string; to: string }, by: Unit, { timeZone, asOf }: Asked): string[][] {
  const account = byId(data.accounts);
  const members = data.customers.filter((each) => stateAt(each, asOf)?.status !== undefined && within(each.createdAt, period, timeZone));
  return groups(members, ({ createdAt }) => [unitStart(localDay(createdAt, timeZone), by)]).flatMap(([[cohort = ''], all]) => {
    const rows: string[][] = [];
    for (let start = cohort, later = 0; start <= localDay(asOf, timeZone); start = nextUnit(start, by), later += 1) {
      const active = all.filter(({ id }) =>
        data.transactions.some(
          ({ accountId, bookedAt, createdAt }) =>
            account.get(accountId)?.customerId === id &&
            createdAt <= asOf &&
            bookedAt <= asOf &&
            unitStart(localDay(bookedAt, timeZone), by) === start,
        ),
      );
      rows.push([cohort, String(later), start, String(all.length), String(active.length), percent(active.length, all.length)]);
    }
    return rows;
  });
}
