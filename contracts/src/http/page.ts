import { z } from 'zod';

/** Most rows a page may have, and the default. */
export const PAGE_LIMIT_MAX = 200;
export const PAGE_LIMIT_DEFAULT = 50;

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
  .max(512)
  .optional()
  .meta({ description: 'The `page.next` of the page before. Opaque; bound to this tenant and query.' });

/** A page of `items`; `page.next` is null on the last one. There is no total: counting a live table is dear and wrong at once. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    page: z.strictObject({ next: z.string().nullable(), limit: z.int() }),
  });
