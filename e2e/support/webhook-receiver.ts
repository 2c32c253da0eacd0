import { testPerson } from '@tenantry/stack/testing/token-for.ts';
import { type Received, webhookSink } from '@tenantry/tenant-service/testing/webhook-sink.ts';
import { localPlatform } from './local-platform.ts';
import { TenantApi } from './tenant-api.ts';
import type { TestTenant } from './test-tenant.ts';

/** An endpoint as its admin is told of it. */
export interface WebhookEndpoint {
  readonly endpoint: { readonly id: string; readonly url: string };
  /** What its signatures are checked with. */
  readonly secret: string;
}

/** A server on this machine that takes webhooks of the deployed platform. There is one address for it, so one at a time. */
export interface WebhookReceiver extends AsyncDisposable {
  /** What came to the tenant's endpoint, in the order it came. */
  readonly of: (tenant: TestTenant) => readonly Received[];
  /** Has an admin of the tenant make an endpoint for all its events here. `behaviour` is a word of the sink's: `ok`, `third` … */
  readonly subscribe: (tenant: TestTenant, behaviour?: string) => Promise<WebhookEndpoint>;
}

/** @throws when somebody else listens there */
export async function webhookReceiver(): Promise<WebhookReceiver> {
  const origin = new URL(localPlatform().webhookSink);
  const sink = await webhookSink({ host: origin.hostname, port: Number(origin.port) });
  return {
    of: ({ name }) => sink.received.filter(({ path }) => path.split('/')[2] === name),
    subscribe: async (tenant, behaviour = 'ok') => {
      await using admin = await testPerson(tenant.name, 'admin');
      const { accessToken } = await admin.signIn();
      const url = `${origin.origin}/${behaviour}/${tenant.name}`;
      const api = new TenantApi(tenant.url, async () => accessToken);
      const made = await api.call<WebhookEndpoint>('POST', '/v1/webhook-endpoints', { body: { url, types: ['*'] } });
      if (made.status !== 201) throw new Error(`POST /v1/webhook-endpoints answered ${made.status} ${made.text}`);
      return made.body;
    },
    [Symbol.asyncDispose]: () => sink.close(),
  };
}
