import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to the broker that can be taken away. */
export interface KafkaLink extends AsyncDisposable {
  /** What clients connect to; the broker's own address they are told of is replaced by it. */
  readonly broker: string;
  /** Nobody gets through, and who is connected is cut off. */
  readonly cut: () => void;
  /** Connections stay and nothing comes through any more. */
  readonly freeze: () => void;
  /** Everything comes through again. */
  readonly heal: () => void;
  /** The next request that begins with `bytes` or more arrives, its answer does not: the connection ends instead. */
  readonly loseAnswerOf: (bytes: number) => void;
}

/** A link to the broker at this address, on the same host: only then an address in an answer keeps its length. */
export async function kafkaLink({ address, port }: { readonly address: string; readonly port: number }): Promise<KafkaLink> {
  let state: 'open' | 'cut' | 'frozen' = 'open';
  let loseAnswerOf = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  const whenOpen = (pass: () => void): void => {
    if (state === 'frozen') held.push(pass);
    else pass();
  };
  const server = createServer((client) => {
    if (state === 'cut') return client.destroy();
    const broker = connect(port, address);
    let loses = false;
    for (const [from, to] of [[client, broker] as const, [broker, client] as const]) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (chunk) =>
      whenOpen(() => {
        if (chunk.length >= loseAnswerOf) [loses, loseAnswerOf] = [true, Number.POSITIVE_INFINITY];
        broker.write(chunk);
      }),
    );
    broker.on('data', (chunk) =>
      whenOpen(() => {
        if (loses) client.destroy();
        else client.write(readdressed(chunk));
      }),
    );
  }).listen(0, address);
  await once(server, 'listening');
  const { port: own } = server.address() as { port: number };
  const told = addressBytes(address, port);
  const replaced = addressBytes(address, own);
  function readdressed(chunk: Buffer): Buffer {
    for (let at = chunk.indexOf(told); at !== -1; at = chunk.indexOf(told, at + 1)) replaced.copy(chunk, at);
    return chunk;
  }
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    broker: `${address}:${own}`,
    cut: () => {
      state = 'cut';
      destroyAll();
    },
    freeze: () => {
      state = 'frozen';
    },
    heal: () => {
      state = 'open';
      for (const pass of held.splice(0)) pass();
    },
    loseAnswerOf: (bytes) => {
      loseAnswerOf = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As an answer has it: the host's text, then the port in four bytes. */
function addressBytes(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(address.length + 4);
  bytes.write(address);
  bytes.writeUInt32BE(port, address.length);
  return bytes;
}
