import type { TenantLogNotice } from '../../../platform/platform-view-questions.ts';

/** A line as it is shown. */
export interface ShownLine {
  /** Grows by one with every line, so that a line stays the same when older ones go. */
  readonly number: number;
  readonly pod: string;
  readonly level: string | undefined;
  readonly text: string;
}

/** More lines than this nobody reads; older ones go. */
export const MOST_SHOWN_LINES = 5_000;

/** The lines after a notice. A line of ours is JSON (ECS): its time, level and message are shown, the rest as it came. Pure. */
export function withLines(before: readonly ShownLine[], { lines, ended }: Pick<TenantLogNotice, 'lines' | 'ended'>): readonly ShownLine[] {
  let number = (before.at(-1)?.number ?? 0) + 1;
  const more = lines.map(({ pod, text }): ShownLine => ({ number: number++, pod, ...readLine(text) }));
  if (ended !== undefined) more.push({ number, pod: ended.pod, level: undefined, text: `— ${ended.why}` });
  return [...before, ...more].slice(-MOST_SHOWN_LINES);
}

/** Lines that contain the words, in the text, the level or the name of the pod. Pure. */
export function matchingLines(lines: readonly ShownLine[], search: string): readonly ShownLine[] {
  const words = search.toLowerCase();
  return words === '' ? lines : lines.filter(({ pod, text, level }) => `${pod} ${level ?? ''} ${text}`.toLowerCase().includes(words));
}

function readLine(text: string): { readonly level: string | undefined; readonly text: string } {
  if (!text.startsWith('{')) return { level: undefined, text };
  try {
    const { '@timestamp': at, 'log.level': level, message, ...rest } = JSON.parse(text) as Record<string, unknown>;
    if (typeof message !== 'string') return { level: undefined, text };
    const details = Object.entries(rest).filter(([key]) => !/^(ecs|process|host|service|event)\b/.test(key));
    const more = details.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(details))}`;
    return { level: typeof level === 'string' ? level : undefined, text: `${typeof at === 'string' ? `${at} ` : ''}${message}${more}` };
  } catch {
    return { level: undefined, text };
  }
}
