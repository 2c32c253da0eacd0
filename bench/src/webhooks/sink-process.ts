import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A receiver of webhooks, a process of its own: counts them and answers 200, but never on `/dead`. Says its port when it listens, and what it has
 * counted for each message. One that ends a turn begins a new count, and whoever waits for an answer on `/dead` is hung up on.
 */
let taken = 0;
const waiting = new Set<ServerResponse>();

const server = createServer((request, answer) => {
  request.resume();
  request.on('end', () => {
    if (request.url?.startsWith('/dead')) {
      waiting.add(answer);
      answer.on('close', () => waiting.delete(answer));
      return;
    }
    taken += 1;
    answer.writeHead(200, { 'content-length': '2' }).end('ok');
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', ({ endsTurn }: { readonly endsTurn: boolean }) => {
  process.send?.({ taken });
  if (!endsTurn) return;
  for (const answer of waiting) answer.destroy();
  taken = 0;
});
process.on('disconnect', () => process.exit(0));
