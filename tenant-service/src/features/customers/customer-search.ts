import { SEARCH_RESULTS_MAX, SEARCH_WORDS_MAX } from '@tenantry/contracts';
import type { Call } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { likeAnywhereSql } from '../../listing/condition-sql.ts';
import { documentSql } from '../../listing/document-sql.ts';
import { SqlValues } from '../../listing/list-column.ts';
import { type ListQuery, type ListRequest, parseListQuery } from '../../listing/list-query.ts';
import type { ListOptions, TenantList } from '../../listing/tenant-list.ts';
import { OneTimeStatement } from '../../postgres/one-time-statement.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';

/** So many matches are ranked, the newest: ranking all of a common term in a large table would run into the time limit. */
const RANKED_MAX = 1000;
/** With fewer found as typed, words spelt alike are looked for too. */
const FEW = 10;
/** Shorter words have too few trigrams to be alike to anything, and a number is right or wrong; more words at once would make the look-up long. */
const ALIKE_LETTERS_MIN = 4;
const ALIKE_WORDS_MAX = 4;

/**
 * For the search alone, gone after commit. Trigrams in half: `Shcmidt` still finds Schmidt. Without sequential scans, as the planner believes
 * one cheap when it expects many matches, and is wrong when they are all at the other end of the table; without compiling the plan (JIT), which
 * takes longer than it saves.
 */
export const SEARCH_SETTINGS = `select set_config('pg_trgm.word_similarity_threshold', '0.5', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`;

/** A search taken apart. */
export interface SearchTerm {
  readonly words: readonly string[];
  /** Words are found anywhere, not only where words begin. */
  readonly isAnywhere: boolean;
}

/**
 * The words of a term; undefined when it holds no letter and no digit. Words are found anywhere when one of them has three letters or digits in a
 * row, and so a trigram to look up; a term without one (two letters, 田中) is found where words begin: the stored text begins with a space, and a
 * space in front of a letter is a trigram too. @throws Problem `invalid-request` for too many words.
 */
export function searchTerm(text: string): SearchTerm | undefined {
  const words = text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length > SEARCH_WORDS_MAX) throw refused('search', `has more than ${SEARCH_WORDS_MAX} words`);
  return words.length === 0 ? undefined : { words, isAnywhere: words.some((word) => /[\p{L}\p{N}]{3}/u.test(word)) };
}

/** The term of a search, whose query has neither cursor nor sort. @throws Problem `invalid-request`, `invalid-cursor`. */
export function checkSearch({ cursor, sort }: Pick<ListRequest, 'cursor' | 'sort'>, search: string): SearchTerm | undefined {
  if (cursor !== undefined) throw new Problem('invalid-cursor', 'A search has one page, the best matches first.');
  if (sort !== undefined) throw refused('sort', 'cannot be had with search, which puts the best first');
  return searchTerm(search);
}

/** The best matches on one page. @throws Problem `invalid-request`, `invalid-cursor`. */
export async function searchAnswer(
  door: Door,
  list: TenantList,
  call: Pick<Call, 'tenant' | 'filters'> & { readonly query: ListRequest },
  search: string,
  options: ListOptions,
): Promise<PlainAnswer> {
  const { limit, count } = call.query;
  const term = checkSearch(call.query, search);
  const query = parseListQuery(list.definition, call.filters, call.query, options.attributes);
  const most = Math.min(limit, SEARCH_RESULTS_MAX);
  const rows =
    term === undefined
      ? []
      : await door.read(call.tenant, (tx) => {
          const { text, values } = searchSql(list, query, term, most + 1);
          const settings = tx.run(new OneTimeStatement(SEARCH_SETTINGS), []);
          return Promise.all([tx.run(new OneTimeStatement(text), values), settings]).then(([found]) => found);
        });
  const found = rows.slice(0, most);
  const page = {
    next: null,
    prev: null,
    limit,
    ...(count === undefined ? {} : { count: { value: found.length, relation: rows.length > most ? 'atLeast' : 'exact' } }),
  };
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: `{"items":[${found.map(({ document }) => document as string).join(',')}],"page":${JSON.stringify(page)}}`,
  };
}

/**
 * Those found as typed, all words in any order, before those with words spelt alike; each by how well the words fit, then by how early in the
 * text (the name comes first) the first word stands, then newest first.
 */
export function searchSql(list: TenantList, query: Pick<ListQuery, 'conditions' | 'fields'>, term: SearchTerm, limit: number) {
  const { document, onRequest, from } = list.definition;
  const values = new SqlValues();
  const folded = term.words.map((word) => `extensions.search_fold(${values.add(word, 'text')})`);
  const as = (word: string): string => `c.search_text like ${likeAnywhereSql(word, term.isAnywhere ? '%' : '% ')}`;
  const alike = alikeSql(term, folded, as);
  const where = list.whereSql(query, values);
  const fit = folded.map((word) => `extensions.word_similarity(${word}, search_text)`).join(' + ');
  const rank = `(${fit}) / ${folded.length} as fit, strpos(search_text, ${folded[0]}) as place`;
  const text = `with found as materialized (
  select c.id, c.search_text from ${from}
  where ${where} and ${folded.map(as).join(' and ')}
  order by c.id desc limit ${RANKED_MAX}
)${
    alike === undefined
      ? ''
      : `, alike as materialized (
  select c.id, c.search_text from ${from}
  where ${where} and ${alike} and (select count(*) from found) < ${FEW}
  limit ${RANKED_MAX}
)`
  }, best as materialized (
  select id, typed, fit, place from (
    select id, true as typed, ${rank} from found${
      alike === undefined
        ? ''
        : `
    union all
    select id, false, ${rank} from alike where id not in (select id from found)`
    }
  ) ranked
  order by typed desc, fit desc, place, id desc
  limit ${values.add(limit, 'int')}
)
select c.id, ${documentSql(document, query.fields, onRequest)} as document
from best join ${from} using (id)
order by best.typed desc, best.fit desc, best.place, c.id desc`;
  return { text, values: values.values };
}

/** Long words by their trigrams, short ones and numbers as typed. Undefined when no word is long enough, or there are too many. */
function alikeSql({ words }: SearchTerm, folded: readonly string[], as: (word: string) => string): string | undefined {
  const isLong = words.map((word) => !/\p{N}/u.test(word) && (word.match(/\p{L}/gu)?.length ?? 0) >= ALIKE_LETTERS_MIN);
  if (words.length > ALIKE_WORDS_MAX || !isLong.includes(true)) return undefined;
  return folded.map((word, at) => (isLong[at] ? `${word} operator(extensions.<%) c.search_text` : as(word))).join(' and ');
}

function refused(parameter: string, detail: string): Problem {
  return new Problem('invalid-request', 'The search is wrong.', { errors: [{ pointer: `/query/${parameter}`, detail }] });
}
