import { z } from 'zod';
import { PageCursor, PageLimit } from './page.ts';
import { text } from './text.ts';

/** Most fields a list is sorted by at once; the tie-breaker not counted. */
export const SORT_KEYS_MAX = 4;
/** Most `filter[…]` parameters of one request, and most values of one `in`. */
export const FILTERS_MAX = 20;
export const FILTER_VALUES_MAX = 100;
/** Where `count=exact` stops counting and says so. */
export const EXACT_COUNT_MAX = 10_000;

/** What a list offers. The names are JSON properties of its items. */
export interface ListOffer {
  /** What `sort` may name. */
  readonly sorts: readonly string[];
  /** `sort` when the request has none, e.g. `-id`. */
  readonly defaultSort: string;
  /** `sort` when the request has none but filters by this field. */
  readonly sortWhenFiltered?: Readonly<Record<string, string>>;
  /** What `fields` may name; `id` is always there. */
  readonly fields: readonly string[];
}

/** The query every list takes: `limit`, `cursor`, `sort`, `fields`, `count`. To be spread into the operation's query schema. */
export function listQuery({ sorts, defaultSort, sortWhenFiltered = {}, fields }: ListOffer) {
  const longest = Math.max(...sorts.map((name) => name.length + 2)) * SORT_KEYS_MAX;
  return {
    limit: PageLimit,
    cursor: PageCursor,
    sort: text(longest)
      .min(1)
      .optional()
      .meta({
        description: `Up to ${SORT_KEYS_MAX} of ${sorts.join(', ')}, separated by commas; \`-\` in front means descending. \`${defaultSort}\` when absent${Object.entries(
          sortWhenFiltered,
        )
          .map(([field, sort]) => `, \`${sort}\` when filtered by ${field}`)
          .join('')}. Equal rows are ordered by id; an absent value counts as the largest.`,
      }),
    fields: text(fields.join(',').length)
      .min(1)
      .optional()
      .meta({
        description: `Properties of the items, separated by commas: ${fields.join(', ')}. All when absent; \`id\` is always there.`,
      }),
    count: z
      .enum(['estimate', 'exact'])
      .optional()
      .meta({ description: `Adds \`page.count\`: the planner’s estimate, or exactly up to ${EXACT_COUNT_MAX.toLocaleString('en')}.` }),
  };
}

/** Header of every list's answer. */
export const LINK_HEADER = { Link: 'The next and the previous page (RFC 8288): `rel="next"`, `rel="prev"`.' } as const;
