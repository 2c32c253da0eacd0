import { readFileSync } from 'node:fs';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from '../kube-client.ts';
import { CONFIG_MAPS, configMap } from '../testing/plain-kinds.ts';
import { runGreeter } from './greeting-operator.ts';

let server: PrivateApiServer;
let client: KubeClient;
const stop = new AbortController();
let finished: Promise<void>;

beforeAll(async () => {
  server = await privateApiServer();
  client = KubeClient.fromKubeconfig(server.kubeconfigFile);
  finished = runGreeter(client, 'greeter-1', stop.signal);
});

afterAll(async () => {
  stop.abort();
  await finished;
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

const greeting = async () => (await client.get(CONFIG_MAPS, { namespace: 'default', name: 'anna-greeting' }))?.data?.text;

describe('the operator of the README', () => {
  it('makes, follows and repairs what it was asked for', async () => {
    const wish = { ...configMap('anna', { name: 'Anna' }), metadata: { name: 'anna', namespace: 'default', labels: { greet: 'yes' } } };
    const { metadata } = await client.create(CONFIG_MAPS, wish);
    await eventually(async () => expect(await greeting()).toBe('Hello, Anna!'));
    await client.patch(CONFIG_MAPS, metadata, { data: { name: 'Änne' } });
    await eventually(async () => expect(await greeting()).toBe('Hello, Änne!'));
    await client.patch(CONFIG_MAPS, { namespace: 'default', name: 'anna-greeting' }, { data: { text: 'Go away.' } });
    await eventually(async () => expect(await greeting()).toBe('Hello, Änne!'));
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'anna-greeting' });
    await eventually(async () => expect(await greeting()).toBe('Hello, Änne!'));
  });

  it('is the one that the README shows', () => {
    const code = readFileSync(new URL('greeting-operator.ts', import.meta.url), 'utf8');
    const shown = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(shown).toContain(code.slice(code.indexOf('type Greeting')).trim());
  });
});
