import { NewReport, REPORTS, type ReportFormat, type ReportName } from '@tenantry/contracts';

/** What a person has chosen for a report: text and lists, as fields hold them. */
export interface ReportChoices {
  readonly period: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly kinds: readonly string[];
  readonly currencies: readonly string[];
  readonly accountId: string;
  readonly top: number;
  readonly days: number;
  readonly format: ReportFormat;
}

export const FIRST_CHOICES: ReportChoices = {
  ...{ period: 'last-month', from: '', to: '', by: 'month', kinds: [], currencies: [], accountId: '', top: 100, days: 90 },
  format: 'xlsx',
};

/** Parameters the report takes. */
export function parametersOf(report: ReportName): readonly string[] {
  return Object.keys(REPORTS[report].parameters.shape);
}

/** The request, or what is still missing. `to` is the last day that counts; the API wants the day behind it. */
export function reportRequest(report: ReportName, choices: ReportChoices, timeZone: string) {
  const taken = new Set(parametersOf(report));
  const parameters: Record<string, unknown> = {};
  if (taken.has('period'))
    parameters.period = choices.period === 'days' ? { from: choices.from, to: dayAfter(choices.to) } : choices.period;
  if (taken.has('by')) parameters.by = choices.by;
  if (taken.has('kinds') && choices.kinds.length > 0) parameters.kinds = choices.kinds;
  if (taken.has('currencies') && choices.currencies.length > 0) parameters.currencies = choices.currencies;
  if (taken.has('accountId')) parameters.accountId = choices.accountId.trim();
  if (taken.has('top')) parameters.top = choices.top;
  if (taken.has('days')) parameters.days = choices.days;
  return NewReport.safeParse({ report, parameters, format: choices.format, timeZone });
}

function dayAfter(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? '' : new Date(at + 86_400_000).toISOString().slice(0, 10);
}
