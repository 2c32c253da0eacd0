import type { ColumnMapping } from '@tenantry/contracts';
import { CsvReader } from './csv-reader.ts';

/** A field a file may have, and how a cell of a CSV file becomes its value. */
export interface ImportField {
  readonly name: string;
  /** `list` is `a;b` or a JSON array, `json` a JSON value, `integer` digits; everything else is text. */
  readonly kind: 'text' | 'list' | 'json' | 'integer';
  /** Written by an export, ignored by an import: `version`, `createdAt`. */
  readonly readOnly?: boolean;
}

/** Where a column goes: to a field, below `attributes`, or nowhere. Stored as JSON with the operation. */
export type ColumnTarget = { readonly field: ImportField } | { readonly attribute: string } | null;

/** What the beginning of a file says about the rest of it. */
export interface FileHead {
  readonly delimiter: string;
  /** Names as the file has them; empty for NDJSON. */
  readonly columns: readonly string[];
  readonly targets: readonly ColumnTarget[];
}

/** What is wrong with a file from its beginning on: told to the one who sends it, before anything is stored. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const ATTRIBUTE = /^attributes\.(.{1,100})$/s;
/** Columns of an errors file, which may be sent as it came. */
const ERROR_COLUMNS = new Set(['error_row', 'error_code', 'error_field', 'error_message']);

/** Characters that hold the header of any sane file, and bytes enough for them. */
export const HEAD_CHARACTERS = 65_536;

/** Columns of a CSV file from its first characters. @throws UnreadableFile naming the column or the header that is wrong. */
export function readHead(
  text: string,
  options: { readonly fields: readonly ImportField[]; readonly mapping: ColumnMapping | undefined; readonly delimiter: string | undefined },
): FileHead {
  const delimiter = options.delimiter ?? guessDelimiter(text);
  const reader = new CsvReader(delimiter, HEAD_CHARACTERS);
  const [header] = [...reader.push(text), ...reader.end()];
  if (header === undefined) throw new UnreadableFile('The file is empty: the first line must name the columns.');
  if (header.fault) throw new UnreadableFile('The first line is not a header: it has a quote that does not belong there, or never ends.');
  const columns = header.cells.map((cell) => cell.trim());
  const targets = columns.map((column, place) => targetOf(column, place, options));
  const names = targets.flatMap((target) =>
    target === null ? [] : ['field' in target ? target.field.name : `attributes.${target.attribute}`],
  );
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new UnreadableFile(`Two columns go to the field ${twice}. Map one of them to null.`);
  if (names.length === 0) throw new UnreadableFile('No column goes to a field.');
  for (const column of Object.keys(options.mapping ?? {})) {
    if (!columns.includes(column)) throw new UnreadableFile(`The mapping names the column ${column}, which the file does not have.`);
  }
  return { delimiter, columns, targets };
}

function targetOf(
  column: string,
  place: number,
  { fields, mapping }: { readonly fields: readonly ImportField[]; readonly mapping: ColumnMapping | undefined },
): ColumnTarget {
  const isMapped = mapping !== undefined && Object.hasOwn(mapping, column);
  const wanted = isMapped ? mapping[column] : column;
  if (wanted === null || wanted === undefined || (!isMapped && ERROR_COLUMNS.has(column))) return null;
  const field = fields.find(({ name }) => name === wanted);
  if (field) return field.readOnly ? null : { field };
  const [, attribute] = ATTRIBUTE.exec(wanted) ?? [];
  if (attribute !== undefined && fields.some(({ name }) => name === 'attributes')) return { attribute };
  const names = fields.filter(({ readOnly }) => !readOnly).map(({ name }) => name);
  throw new UnreadableFile(
    `Column ${place + 1} (${column.slice(0, 100) || 'without a name'}) is no field. Map it to null, or to one of ${names.join(', ')}.`,
  );
}

/** The one that splits the first line into most cells. */
function guessDelimiter(text: string): string {
  const end = text.search(/[\r\n]/);
  const line = end === -1 ? text : text.slice(0, end);
  const parts = (delimiter: string): number => line.split(delimiter).length;
  return DELIMITERS.reduce<string>((best, next) => (parts(next) > parts(best) ? next : best), ',');
}
