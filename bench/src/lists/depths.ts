import type { Work } from '../load/order.ts';

/** Rows of a page that is measured, and of one that is walked over on the way there. */
const PAGE = 50;
const STRIDE = 200;

interface Page {
  readonly page: { readonly next: string | null };
}

/** Cursor of page number `depth`, found as any client would: page by page, four at a stride (a cursor is good for any limit). */
export async function cursorAtDepth(url: string, query: string, depth: number, headers: Readonly<Record<string, string>>): Promise<string> {
  let cursor = '';
  for (let rows = 0; rows < (depth - 1) * PAGE; ) {
    const limit = Math.min(STRIDE, (depth - 1) * PAGE - rows);
    const answer = await fetch(`${url}?${query}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`, { headers });
    if (!answer.ok) throw new Error(`the list answered ${answer.status}: ${await answer.text()}`);
    const { next } = ((await answer.json()) as Page).page;
    if (next === null) throw new Error(`the list ends before page ${depth}`);
    cursor = next;
    rows += limit;
  }
  return cursor;
}

/** The same page again and again. */
export function pageRequest(query: string, cursor: string | undefined, headers: Readonly<Record<string, string>>): Work {
  const path = `/v1/customers?${query}limit=${PAGE}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
  return { templates: [{ method: 'GET', path, headers }], first: 0 };
}
