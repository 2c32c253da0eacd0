import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answers.ts';
import type { Order, Outcome, Report } from './order.ts';
import { type NextRequest, requestsOf } from './requests.ts';

/*
 * The load client, a process of its own. Its parent sends an Order, it sends a Report back. Connections stay open from one order to the next
 * of the same port, so a warm-up warms them too.
 */

/** Open connections by port. */
const open = new Map<number, Socket[]>();

process.on('message', (order: Order) => {
  run(order).then(
    (outcome) => report({ outcome }),
    (error: unknown) => report({ failure: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

function report(message: Report): void {
  process.send?.(message);
}

async function run(order: Order): Promise<Outcome> {
  const sockets = await connections(order.port, order.connections);
  const next = requestsOf(order);
  const latencies = new Float64Array(order.count);
  let [sent, answered] = [0, 0];
  const take = (): NextRequest | undefined => {
    if (sent === order.count) return undefined;
    sent += 1;
    return next;
  };
  const started = performance.now();
  await Promise.all(
    sockets.map((socket) =>
      keepBusy(socket, take, order.accept, (milliseconds) => {
        latencies[answered] = milliseconds;
        answered += 1;
      }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort();
  const at = (share: number): number => latencies[Math.min(order.count - 1, Math.floor(order.count * share))] ?? 0;
  return { seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** One request after the other until there are no more. @throws for an unwanted status or a closed connection. */
function keepBusy(
  socket: Socket,
  take: () => NextRequest | undefined,
  accept: readonly number[],
  done: (milliseconds: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader();
    let since = 0;
    const leave = (error?: Error): void => {
      socket.off('data', onData).off('close', onClose);
      if (error === undefined) resolve();
      else {
        socket.destroy();
        reject(error);
      }
    };
    const sendNext = (): void => {
      const request = take();
      if (request === undefined) {
        leave();
        return;
      }
      since = performance.now();
      socket.write(request());
    };
    const onClose = (): void => leave(new Error('the server closed a connection'));
    const onData = (chunk: Buffer): void => {
      for (const status of reader.read(chunk)) {
        if (!accept.includes(status)) {
          leave(new Error(`an answer with status ${status}: ${chunk.toString().slice(-400)}`));
          return;
        }
        done(performance.now() - since);
        sendNext();
      }
    };
    socket.on('data', onData).on('close', onClose);
    sendNext();
  });
}

async function connections(port: number, count: number): Promise<Socket[]> {
  const kept = open.get(port) ?? [];
  if (kept.length === count && kept.every((socket) => socket.readyState === 'open')) return kept;
  for (const socket of kept) socket.destroy();
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  // Between orders an error shows as a socket that is no longer open.
  for (const socket of sockets) socket.on('error', () => {});
  open.set(port, sockets);
  return sockets;
}
