/** One server-sent event: its number, and the event; or a comment. */
export interface StreamedEvent {
  readonly id: string;
  readonly event: { readonly type: string; readonly subject: string; readonly sequence: string; readonly data: unknown };
}

/** Reads a stream of server-sent events as `EventSource` does. */
export class EventReader {
  readonly events: StreamedEvent[] = [];
  /** Last-Event-ID as a browser would send it. */
  lastId = '';
  comments: string[] = [];
  readonly ended: Promise<void>;

  constructor(body: ReadableStream<Uint8Array>) {
    this.ended = this.#read(body);
    this.ended.catch(() => {});
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
      text += chunk;
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame);
    }
  }

  #take(frame: string): void {
    let data: string | undefined;
    for (const line of frame.split('\n')) {
      if (line.startsWith(':')) this.comments.push(line.slice(1).trim());
      else if (line.startsWith('id: ')) this.lastId = line.slice(4);
      else if (line.startsWith('data: ')) data = line.slice(6);
    }
    if (data !== undefined) this.events.push({ id: this.lastId, event: JSON.parse(data) as StreamedEvent['event'] });
  }
}
