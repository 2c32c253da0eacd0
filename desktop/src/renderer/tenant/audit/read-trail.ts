import type { Operations } from '@tenantry/contracts';
import type { z } from 'zod';
import type { Platform } from '../../../platform/platform.ts';
import { tenantApi } from '../../app/tenant-api.ts';

type TrailPage = z.output<Operations['listAuditTrail']['success']['body']>;

/** An entry of the audit trail, and the data of its event as it was published: the hash is over that text, byte for byte. */
export type TrailEntry = TrailPage['items'][number] & { readonly dataText: string };

/** A page of the audit trail, newest first. @param before number of an event: only those with smaller ones */
export async function readTrail(
  platform: Platform,
  tenant: string,
  query: { readonly before: string | null; readonly kind: string | undefined },
  signal: AbortSignal,
): Promise<{ readonly items: readonly TrailEntry[]; readonly before: string | null }> {
  let body = '';
  const callTenant: Platform['callTenant'] = async (...call) => {
    const answer = await platform.callTenant(...call);
    body = await answer.clone().text();
    return answer;
  };
  const { data } = await tenantApi({ ...platform, callTenant }, tenant).client.listAuditTrail({
    query: {
      limit: 200,
      ...(query.before === null ? {} : { before: query.before }),
      ...(query.kind === undefined ? {} : { type: `dev.tenantry.${query.kind}.` }),
    },
    signal,
  });
  const texts = dataTexts(body);
  return { items: data.items.map((entry, at) => ({ ...entry, dataText: texts[at] ?? '' })), before: data.page.before };
}

/** Braces and brackets around the members of an event: of the page, its items, the entry, the event. */
const EVENT_DEPTH = 4;

/** Of each entry of a page, the text of `event.data` exactly as it stands there. Reading and writing it again would lose spaces and digits. */
export function dataTexts(body: string): string[] {
  const texts: string[] = [];
  let depth = 0;
  let begin: number | undefined;
  for (const { 0: token, index } of body.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/gs)) {
    if (begin !== undefined && depth === EVENT_DEPTH && (token === ',' || token === '}')) {
      texts.push(body.slice(begin, index));
      begin = undefined;
    }
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === '"data"' && depth === EVENT_DEPTH && begin === undefined && body[index + token.length] === ':')
      begin = index + token.length + 1;
  }
  return texts;
}
