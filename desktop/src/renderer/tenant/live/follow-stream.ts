import { EventSourceParserStream } from 'eventsource-parser/stream';

export interface StreamMessage {
  readonly id: string | undefined;
  readonly data: unknown;
}

export type ConnectionState = 'connecting' | 'live' | 'lost';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Reads a stream of server-sent events and comes back whenever it ends, behind the last event it has seen, with pauses that grow while nobody
 * answers. Ends when `signal` does, or when `onMessage` says that was all.
 */
export async function followStream(options: {
  readonly open: (lastId: string | undefined, signal: AbortSignal) => Promise<ReadableStream<Uint8Array> | null>;
  readonly onMessage: (message: StreamMessage) => 'more' | 'enough';
  readonly onState: (state: ConnectionState) => void;
  readonly signal: AbortSignal;
  /** Waits so long, or until the signal; another one in tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}): Promise<void> {
  const { signal, pause = pauseFor } = options;
  let lastId: string | undefined;
  let failures = 0;
  options.onState('connecting');
  while (!signal.aborted) {
    try {
      const stream = await options.open(lastId, signal);
      if (stream === null) return;
      options.onState('live');
      failures = 0;
      const messages = stream.pipeThrough(new TextDecoderStream() as never).pipeThrough(new EventSourceParserStream());
      for await (const { id, data } of messages as unknown as AsyncIterable<{ id?: string; data: string }>) {
        lastId = id ?? lastId;
        if (options.onMessage({ id, data: JSON.parse(data) }) === 'enough') return;
      }
    } catch {
      // Whatever it was (the network, a server that restarts, a token that ran out), coming back is the answer; the state says so meanwhile.
      if (signal.aborted) return;
      failures += 1;
      options.onState('lost');
    }
    await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1)), signal);
  }
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
