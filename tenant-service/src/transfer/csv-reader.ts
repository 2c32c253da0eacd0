/** A record of a CSV file: its cells, or what is wrong with it. */
export type CsvRecord =
  | { readonly cells: string[]; readonly fault?: undefined }
  | { readonly cells: string[]; readonly fault: 'stray-quote' | 'quote-not-closed' | 'too-long' };

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/**
 * RFC 4180 from text that comes in pieces. Lines end with LF, CRLF or CR, also mixed; empty lines are no records. A fault costs its own record:
 * reading goes on at the next line end, so that one stray quote does not swallow the rest of the file. Throws nothing.
 *
 * Our own, for that: csv-parse gives up, or skips differently for different places of the same fault. A test holds both to the same cells.
 */
export class CsvReader {
  readonly #delimiter: number;
  readonly #mostCharacters: number;
  /** What no record was made of yet. */
  #rest = '';
  /** Behind a faulty record: drop everything up to the next line end. */
  #skipping = false;
  #afterReturn = false;

  /** `mostCharacters` bounds a record, and with it what is held in memory. */
  constructor(delimiter: string, mostCharacters: number) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#mostCharacters = mostCharacters;
  }

  /** The records that `text` completes. */
  push(text: string): CsvRecord[] {
    return this.#read(text, false);
  }

  /** The last record, when the file does not end with a line end. */
  end(): CsvRecord[] {
    return this.#read('', true);
  }

  #read(text: string, last: boolean): CsvRecord[] {
    const input = this.#rest + text;
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < input.length) {
      if (this.#afterReturn && input.charCodeAt(at) === LF) at += 1;
      this.#afterReturn = false;
      if (this.#skipping) {
        const end = lineEnd(input, at);
        if (end === -1) {
          at = input.length;
          break;
        }
        this.#skipping = false;
        at = this.#step(input, end);
        continue;
      }
      const next = this.#record(input, at, last, records);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = input.slice(at);
    if (this.#rest.length > this.#mostCharacters) this.#giveUp(records);
    return records;
  }

  /** Appends the record at `start` and returns where the next begins; undefined when its end is not here yet. */
  #record(input: string, start: number, last: boolean, records: CsvRecord[]): number | undefined {
    const cells: string[] = [];
    let at = start;
    for (;;) {
      let end: number;
      if (input.charCodeAt(at) === QUOTE) {
        const closing = closingQuote(input, at + 1);
        // A quote at the very end may be the first half of a doubled one.
        if (closing === -1 || (closing === input.length - 1 && !last)) {
          if (!last) return undefined;
          if (closing === -1) {
            records.push({ cells, fault: 'quote-not-closed' });
            return input.length;
          }
        }
        cells.push(unquoted(input.slice(at + 1, closing)));
        end = closing + 1;
        const code = input.charCodeAt(end);
        if (end < input.length && code !== this.#delimiter && code !== LF && code !== CR) {
          records.push({ cells, fault: 'stray-quote' });
          this.#skipping = true;
          return end;
        }
      } else {
        end = this.#cellEnd(input, at);
        if (end === input.length && !last) return undefined;
        cells.push(input.slice(at, end));
      }
      if (end < input.length && input.charCodeAt(end) === this.#delimiter) {
        at = end + 1;
        if (at === input.length) {
          if (!last) return undefined;
          cells.push('');
          end = at;
        } else continue;
      }
      if (end - start > this.#mostCharacters) records.push({ cells: [], fault: 'too-long' });
      else if (cells.length > 1 || cells[0] !== '' || input.charCodeAt(start) === QUOTE) records.push({ cells });
      return end >= input.length ? input.length : this.#step(input, end);
    }
  }

  /** Behind the line end at `at`. */
  #step(input: string, at: number): number {
    this.#afterReturn = input.charCodeAt(at) === CR;
    return at + 1;
  }

  #cellEnd(input: string, from: number): number {
    for (let at = from; at < input.length; at += 1) {
      const code = input.charCodeAt(at);
      if (code === this.#delimiter || code === LF || code === CR) return at;
    }
    return input.length;
  }

  #giveUp(records: CsvRecord[]): void {
    records.push({ cells: [], fault: 'too-long' });
    this.#rest = '';
    this.#skipping = true;
  }
}

function lineEnd(input: string, from: number): number {
  for (let at = from; at < input.length; at += 1) {
    const code = input.charCodeAt(at);
    if (code === LF || code === CR) return at;
  }
  return -1;
}

/** The quote that is not one half of a doubled one; -1 when there is none. */
function closingQuote(input: string, from: number): number {
  for (let at = input.indexOf('"', from); at !== -1; at = input.indexOf('"', at + 2)) {
    if (input.charCodeAt(at + 1) !== QUOTE) return at;
  }
  return -1;
}

const unquoted = (text: string): string => (text.includes('""') ? text.replaceAll('""', '"') : text);
