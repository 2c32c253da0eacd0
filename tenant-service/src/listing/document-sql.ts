/** JSON property of an item → SQL that makes it, in the order in which an item shows them. */
export type ListDocument = Readonly<Record<string, string>>;

/** The item as JSON text; only the properties `fields` names, which may be of `onRequest` too. Property names and SQL are ours. */
export function documentSql(document: ListDocument, fields: readonly string[] | undefined, onRequest: ListDocument = {}): string {
  const columns = Object.entries(fields === undefined ? document : { ...document, ...onRequest })
    .filter(([name]) => fields === undefined || fields.includes(name))
    .map(([name, sql]) => `${sql} as "${name}"`);
  return `row_to_json((select d from (select ${columns.join(', ')}) d))::text`;
}
