/** On an answer that the api has not given itself, because nobody reached it. Its value says nothing. */
export const UNREACHED_HEADER = 'tenantry-unreached';
