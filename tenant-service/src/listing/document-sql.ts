/** JSON property of an item → SQL that makes it, in the order in which an item shows them. */
export type ListDocument = Readonly<Record<string, string>>;

/** The item as JSON text; only some of its properties when `fields` names them. Property names and SQL are ours. */
export function documentSql(document: ListDocument, fields?: readonly string[]): string {
  const columns = Object.entries(document)
    .filter(([name]) => fields === undefined || fields.includes(name))
    .map(([name, sql]) => `${sql} as "${name}"`);
  return `row_to_json((select d from (select ${columns.join(', ')}) d))::text`;
}
