const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const LINE_END = 0x0a;

/** The cells of a row; null for what is absent. */
export type CopyRow = readonly (string | null)[];

/** Reads COPY's text format (PostgreSQL manual, COPY, "Text Format") from pieces that end anywhere. */
export class CopyText {
  #rest: Uint8Array | undefined;

  /** Rows that are whole with this piece. */
  read(piece: Uint8Array): CopyRow[] {
    const end = piece.lastIndexOf(LINE_END);
    if (end < 0) {
      this.#rest = this.#rest === undefined ? piece : Buffer.concat([this.#rest, piece]);
      return [];
    }
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, end);
    const text = this.#rest === undefined ? bytes.toString() : Buffer.concat([this.#rest, bytes]).toString();
    this.#rest = end + 1 === piece.length ? undefined : piece.subarray(end + 1);
    return text.split('\n').map(cellsOf);
  }
}

function cellsOf(line: string): CopyRow {
  const cells: (string | null)[] = line.split('\t');
  // Most lines have nothing to undo.
  if (!line.includes('\\')) return cells;
  return cells.map((cell) =>
    cell === '\\N' ? null : (cell as string).replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped),
  );
}
