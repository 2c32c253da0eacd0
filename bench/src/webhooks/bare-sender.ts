import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { Agent } from 'undici';

/** What the loop is told to send. */
export interface BareOrder {
  readonly port: number;
  readonly deliveries: number;
  readonly concurrency: number;
  /** The body's JSON text behind its id. */
  readonly data: string;
}

/*
 * The reference, a process of its own: signs and posts as Standard Webhooks says and undici does it best, so many at once. It knows no tenant, looks nothing up,
 * checks no address, tries nothing twice and writes nothing down.
 */
const agent = new Agent({ connections: null, pipelining: 1 });
const key = randomBytes(32);

async function send({ port, deliveries, concurrency, data }: BareOrder): Promise<number> {
  const started = performance.now();
  const origin = `http://127.0.0.1:${port}`;
  let left = deliveries;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const id = randomUUID();
      const timestamp = Math.trunc(Date.now() / 1000);
      const content = `{"id":"${id}","data":${data}}`;
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${content}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${signature}`,
      };
      const { statusCode, body } = await agent.request({ origin, path: '/e', method: 'POST', headers, body: content });
      await body.dump();
      if (statusCode !== 200) throw new Error(`the sink answered ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return (performance.now() - started) / 1000;
}

process.on('message', (order: BareOrder) => {
  send(order).then(
    (seconds) => process.send?.({ seconds }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
