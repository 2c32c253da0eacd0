/**
 * Counts whole HTTP/1.1 answers in a stream of bytes, with as little work as that takes. Knows answers with a Content-Length, and 204 and 304,
 * which have no body; what our contenders send is nothing else.
 */
export class AnswerReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Statuses of the answers that became complete. @throws Error for an answer whose end cannot be known. */
  read(chunk: Buffer): number[] {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const statuses: number[] = [];
    for (;;) {
      const end = data.indexOf('\r\n\r\n');
      if (end === -1) break;
      const head = data.toString('latin1', 0, end);
      const status = Number(head.slice(9, 12));
      const length = end + 4 + bodyLength(head, status);
      if (data.length < length) break;
      statuses.push(status);
      data = data.subarray(length);
    }
    this.#rest = data;
    return statuses;
  }
}

function bodyLength(head: string, status: number): number {
  if (status === 204 || status === 304) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head.slice(0, 200)}`);
  return Number(length);
}
