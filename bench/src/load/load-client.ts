import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answers.ts';
import type { Order, Outcome, Report } from './order.ts';
import { type NextRequest, requestsOf } from './requests.ts';

/*
 * The load client, a process of its own. Its parent sends an Order, it sends a Report back. Connections stay open from one order to the next
 * to the same ports, so a warm-up warms them too.
 */

/** Open connections by ports. */
const open = new Map<string, Socket[]>();

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
  const sockets = await connections(order.ports, order.connections);
  const next = requestsOf(order.work);
  const latencies = new Float64Array(order.count);
  let [sent, answered] = [0, 0];
  const take = (): NextRequest | undefined => {
    if (sent === order.count) return undefined;
    sent += 1;
    return next;
  };
  const done = (milliseconds: number): void => {
    latencies[answered] = milliseconds;
    answered += 1;
  };
  const started = performance.now();
  if (order.rate !== undefined) await onTime(sockets, order, next, done);
  else await Promise.all(sockets.map((socket) => keepBusy(socket, take, order.accept, done)));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort();
  const at = (share: number): number => latencies[Math.min(order.count - 1, Math.floor(order.count * share))] ?? 0;
  return { seconds, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

/**
 * An open loop: request n leaves at n ÷ rate seconds, on the next connection that is free, and its time counts from then, so that a server
 * that stalls is charged for everybody who had to wait (coordinated omission). @throws when an answer is not as wanted.
 */
async function onTime(
  sockets: readonly Socket[],
  { count, rate = 1, accept }: Order,
  next: NextRequest,
  done: (milliseconds: number) => void,
): Promise<void> {
  const free = [...sockets];
  const waiting: number[] = [];
  let [sent, answered] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    const started = performance.now();
    const clock = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - started) / 1000) * rate));
      for (; sent < due; sent += 1) waiting.push(started + (sent / rate) * 1000);
      while (waiting.length > 0 && free.length > 0) send(free.shift() as Socket, waiting.shift() as number);
    }, 1);
    const stop = (error?: Error): void => {
      clearInterval(clock);
      for (const socket of sockets) socket.removeAllListeners('data').removeAllListeners('close');
      if (error === undefined) resolve();
      else reject(error);
    };
    const since = new Map<Socket, number>();
    const send = (socket: Socket, at: number): void => {
      since.set(socket, at);
      socket.write(next());
    };
    for (const socket of sockets) {
      const reader = new AnswerReader();
      socket.on('close', () => stop(new Error('the server closed a connection')));
      socket.on('data', (chunk) => {
        for (const status of reader.read(chunk)) {
          if (!accept.includes(status)) return stop(new Error(`an answer with status ${status}: ${chunk.toString().slice(-400)}`));
          done(performance.now() - (since.get(socket) ?? 0));
          answered += 1;
          free.push(socket);
          if (answered === count) return stop();
        }
      });
    }
  });
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

async function connections(ports: readonly number[], count: number): Promise<Socket[]> {
  const key = ports.join(' ');
  const kept = open.get(key) ?? [];
  if (kept.length === count && kept.every((socket) => socket.readyState === 'open')) return kept;
  for (const socket of kept) socket.destroy();
  const sockets: Socket[] = [];
  // A few hundred at a time: a listen queue is not endless.
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(200, count - sockets.length) }, (_, at) => {
      const port = ports[(sockets.length + at) % ports.length] as number;
      return connect({ port, host: '127.0.0.1', noDelay: true });
    });
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  // Between orders an error shows as a socket that is no longer open.
  for (const socket of sockets) socket.on('error', () => {});
  open.set(key, sockets);
  return sockets;
}
