import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newWebhookSecret, webhookKey, webhookSignature } from './webhook-signature.ts';

const now = () => Math.trunc(Date.now() / 1000);
const body = JSON.stringify({ type: 'dev.tenantry.customer.created.v1', data: { name: 'Müller 田中' } });
const headers = (secrets: readonly string[], timestamp = now(), signed = body) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(timestamp),
  'webhook-signature': webhookSignature(secrets.map(webhookKey), 'msg_1', timestamp, signed),
});

/** Checked with the library receivers use, so this is what they will find. */
describe('a signature', () => {
  it('is what the library of Standard Webhooks expects', () => {
    const secret = newWebhookSecret();
    expect(new Webhook(secret).verify(body, headers([secret]))).toEqual(JSON.parse(body));
  });

  it('is good for the old and the new secret while both sign, and for no third', () => {
    const [older, newer] = [newWebhookSecret(), newWebhookSecret()];
    const both = headers([newer, older]);
    for (const secret of [older, newer]) expect(new Webhook(secret).verify(body, both)).toBeTruthy();
    expect(() => new Webhook(newWebhookSecret()).verify(body, both)).toThrow(WebhookVerificationError);
  });

  it('is broken by one byte of the body, by another id, and by a time of six minutes before or after', () => {
    const secret = newWebhookSecret();
    const receiver = new Webhook(secret);
    expect(() => receiver.verify(`${body} `, headers([secret]))).toThrow(WebhookVerificationError);
    expect(() => receiver.verify(body, { ...headers([secret]), 'webhook-id': 'msg_2' })).toThrow(WebhookVerificationError);
    for (const shift of [-360, 360])
      expect(() => receiver.verify(body, headers([secret], now() + shift))).toThrow(WebhookVerificationError);
  });
});
