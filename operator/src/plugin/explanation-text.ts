import type { DriftItem, TenantExplanation } from '@tenantry/contracts';
import type { TimelineEntry } from '../control/object-timeline.ts';

/** An explanation for a terminal. Pure. */
export function explanationText(explanation: TenantExplanation, timeline: readonly TimelineEntry[], now: Date): string {
  const { tenant, isReady, since, says, blocking, meaning, remedy, command, drift } = explanation;
  const age = since === undefined ? '' : ` for ${span(now.getTime() - Date.parse(since))}`;
  const lines: [label: string, text: string][] = [['Says', says]];
  if (blocking !== undefined) {
    lines.push(['Held up by', `step ${blocking.name} (${blocking.state})`]);
    if (blocking.lastError !== undefined) lines.push(['Last error', blocking.lastError]);
    if (blocking.attempts !== undefined) lines.push(['Tried', triesText(blocking.attempts, blocking.retryAt, now)]);
  }
  if (!isReady && meaning !== undefined) lines.push(['Means', meaning]);
  if (remedy !== undefined) lines.push(['Do', remedy]);
  if (command !== undefined && !isReady) lines.push(['Command', command]);
  return [
    `${tenant}  class ${explanation.class}  Ready ${explanation.ready}${age}`,
    '',
    ...lines.map(([label, text]) => `${label.padEnd(11)} ${text}`),
    ...driftLines(drift),
    ...(timeline.length === 0 ? [] : ['', 'Lately']),
    ...timeline.map(({ at, type, reason, note }) => `  ${span(now.getTime() - Date.parse(at)).padStart(5)}  ${type} ${reason}: ${note}`),
    '',
  ].join('\n');
}

/** What differs, as a table; empty when nothing does. */
export function driftLines({ count, items }: { readonly count: number; readonly items: readonly DriftItem[] }): string[] {
  if (count === 0) return [];
  const width = (field: 'resource' | 'field') => Math.max(...items.map((item) => item[field].length));
  const [resources, fields] = [width('resource'), width('field')];
  return [
    '',
    `Differs (${count}${items.length < count ? `, the first ${items.length}` : ''})`,
    ...items.map((item) => `  ${item.resource.padEnd(resources)}  ${item.field.padEnd(fields)}  is ${item.have}, should be ${item.want}`),
  ];
}

function triesText(attempts: number, retryAt: string | undefined, now: Date): string {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  if (retryAt === undefined) return times;
  const inMs = Date.parse(retryAt) - now.getTime();
  return `${times}, again ${inMs <= 0 ? 'now' : `in ${span(inMs)}`}`;
}

/** `45s`, `12m`, `3h`, `9d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
}
