import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ApiServer } from './server.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
afterEach(() => agent.destroy());

/** Answers at once, in the form Node writes without looking at it again. */
const answering = (): ApiServer =>
  new ApiServer({
    hot: (_request, response) => {
      response.writeHead(200, ['content-length', '2']).end('ok');
      return true;
    },
    app: () => {},
    requestTimeoutMs: 1000,
  });

it('says in its last answers that the connection ends, and loses no request of a client that keeps it open', async () => {
  const server = answering();
  const port = await server.listen(0, '127.0.0.1');
  const first = await ask(port);
  const second = await ask(port);
  expect([first.headers.connection, second.headers.connection]).toEqual(['keep-alive', 'keep-alive']);
  expect(second.socket).toBe(first.socket);

  server.retire();
  const last = await ask(port);
  expect(last.headers.connection).toBe('close');
  // New connections still come until every load balancer knows.
  const late = await ask(port);
  expect(late.statusCode).toBe(200);
  expect(late.socket).not.toBe(last.socket);
  await server.drain();
});

it('does not wait for a client that connected and asks nothing', async () => {
  const server = answering();
  const silent = connect(await server.listen(0, '127.0.0.1'), '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent.resume(), 'close');
  await server.drain();
  await closed;
});

function ask(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => setImmediate(() => resolve(answer)));
    }).on('error', reject);
  });
}
