import type { TransferResource } from '@tenantry/contracts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];
/** What the file may be written in. The API takes UTF-8 only; the others are turned into it before they are sent. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Columns a file of each resource may have, as the API names them (docs/guides/import-and-export.md). */
export const IMPORT_FIELDS: Readonly<Record<TransferResource, readonly string[]>> = {
  customers: ['name', 'externalId', 'email', 'phone', 'status', 'segment', 'tags', 'attributes'],
  accounts: ['customerId', 'customerExternalId', 'type', 'currency', 'number', 'name', 'overdraftLimitMinor'],
  transactions: ['accountId', 'accountNumber', 'kind', 'amountMinor', 'currency', 'bookedAt', 'reference', 'description'],
};
/** Columns an export writes and an import passes over. */
const IGNORED = [
  'id',
  'version',
  'createdAt',
  'updatedAt',
  'balanceMinor',
  'balanceAfterMinor',
  'error_row',
  'error_code',
  'error_field',
  'error_message',
];

/** Other words for a field that files from elsewhere use for their columns, in lower case without spaces, points and dashes. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  name: ['fullname', 'customer', 'customername', 'kunde', 'kundenname', 'company', 'firma', 'nom', 'nombre'],
  externalId: ['externalid', 'extid', 'crmid', 'customernumber', 'kundennummer', 'kundennr', 'reference'],
  email: ['email', 'emailaddress', 'mail', 'emailadresse', 'courriel'],
  phone: ['phone', 'phonenumber', 'telephone', 'telefon', 'mobile', 'mobil', 'tel'],
  status: ['status', 'state', 'zustand'],
  segment: ['segment', 'category', 'kategorie', 'tier', 'group', 'gruppe'],
  tags: ['tags', 'labels', 'schlagworte'],
  attributes: ['attributes', 'attribute'],
  customerExternalId: ['customerexternalid', 'customerextid', 'kundennummer'],
  currency: ['currency', 'waehrung', 'währung', 'devise'],
  type: ['type', 'accounttype', 'kontoart'],
  number: ['number', 'accountnumber', 'kontonummer', 'iban'],
  accountNumber: ['accountnumber', 'account', 'konto', 'kontonummer', 'iban'],
  kind: ['kind', 'type', 'art'],
  amountMinor: ['amountminor', 'amountcents', 'cents'],
  bookedAt: ['bookedat', 'date', 'bookingdate', 'buchungsdatum', 'datum'],
  description: ['description', 'text', 'memo', 'beschreibung', 'verwendungszweck'],
};

/**
 * Byte order mark first; then what the bytes can be: text with many NUL bytes is UTF-16, bytes that are no UTF-8 are taken for Windows-1252 (what
 * spreadsheets of western Europe write). `bytes` may end in the middle of a character.
 */
export function guessEncoding(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  bytes.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] as number) + 1;
  });
  if (Math.max(...zeros) > bytes.length / 8) return (zeros[0] as number) > (zeros[1] as number) ? 'utf-16be' : 'utf-16le';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The delimiter with which most of the first lines have as many cells as the header, and more than one. Quoted text does not count. */
export function guessDelimiter(text: string): Delimiter {
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const rows = csvRows(text, delimiter, 20);
    const width = rows[0]?.length ?? 0;
    if (width < 2) continue;
    const alike = rows.filter((row) => row.length === width).length / rows.length;
    const score = alike * 100 + Math.min(width, 50);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** The first rows of a CSV text (RFC 4180), header included. A row that the text cuts off in the middle is left out unless it is the only one. */
export function csvRows(text: string, delimiter: Delimiter, max: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length && rows.length < max; at += 1) {
    const char = text[at] as string;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === delimiter) {
      row.push(cell);
      cell = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') cell += char;
  }
  if (rows.length < max && !quoted && (cell !== '' || row.length > 0)) endRow();
  return rows;
}

/** Column → field. Null leaves the column out; the person sees the guess and may change it. */
export function guessMapping(columns: readonly string[], resource: TransferResource): Record<string, string | null> {
  const taken = new Set<string>();
  const plain = (text: string) => text.toLowerCase().replace(/[\s._-]+/g, '');
  const mapping: Record<string, string | null> = {};
  const take = (column: string, field: string | undefined) => {
    if (field === undefined || taken.has(field)) return false;
    taken.add(field);
    mapping[column] = field;
    return true;
  };
  // The API's own names come first, so that a synonym never takes their place.
  for (const column of columns) {
    const field = IMPORT_FIELDS[resource].find((name) => plain(name) === plain(column));
    if (!take(column, field)) mapping[column] = column.startsWith('attributes.') ? column : null;
  }
  for (const column of columns) {
    if (mapping[column] !== null || IGNORED.includes(column)) continue;
    take(
      column,
      IMPORT_FIELDS[resource].find((name) => SYNONYMS[name]?.includes(plain(column)) && !taken.has(name)),
    );
  }
  return mapping;
}
