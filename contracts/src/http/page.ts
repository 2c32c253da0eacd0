import { z } from 'zod';

/** Most rows a page may have, and the default. */
export const PAGE_LIMIT_MAX = 200;
export const PAGE_LIMIT_DEFAULT = 50;
/** Longest cursor: the values of four sort keys of the longest texts, signed, in base64url. */
export const CURSOR_MAX = 4096;

/** `?limit=` of every list. A string on the wire, a number inside. */
export const PageLimit = z.coerce
  .number()
  .int()
  .min(1)
  .max(PAGE_LIMIT_MAX)
  .default(PAGE_LIMIT_DEFAULT)
  .meta({ description: `Rows per page, 1 to ${PAGE_LIMIT_MAX}; ${PAGE_LIMIT_DEFAULT} when absent.` });

/** `?cursor=` of every list: opaque, signed, good for the same tenant and query only. */
export const PageCursor = z
  .string()
  .min(1)
  .max(CURSOR_MAX)
  .optional()
  .meta({ description: 'The `page.next` or `page.prev` of a page before. Opaque; bound to this tenant and query.' });

/** How many rows a list has: `exact`; `atLeast` where counting stopped; `estimate`, the query planner's. */
export const PageCount = z
  .strictObject({ value: z.int().min(0), relation: z.enum(['exact', 'atLeast', 'estimate']) })
  .meta({ id: 'PageCount' });

/**
 * A page of `items`; `page.next` is null on the last one, `page.prev` on the first. There is no total unless asked for: counting a live table is
 * dear and wrong at once.
 */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    page: z.strictObject({
      next: z.string().nullable(),
      prev: z.string().nullable().optional(),
      limit: z.int(),
      count: PageCount.optional(),
    }),
  });

export type PageCount = z.infer<typeof PageCount>;
