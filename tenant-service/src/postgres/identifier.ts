/** A name as PostgreSQL reads it inside SQL text. @throws RangeError for a name the server would cut or could not hold. */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63)
    throw new RangeError('a PostgreSQL name has 1 to 63 bytes and no NUL');
  return `"${name.replaceAll('"', '""')}"`;
}
