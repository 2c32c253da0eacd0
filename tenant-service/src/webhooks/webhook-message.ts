import type { KeyObject } from 'node:crypto';
import { webhookSignature } from './webhook-signature.ts';

/** What is sent: an event, or a test that looks like one. */
export interface WebhookContent {
  readonly eventId: string;
  readonly eventType: string;
  readonly subject: string;
  readonly occurredAt: Date;
  /** JSON text, as it was published. */
  readonly data: string;
  readonly traceparent: string | null;
}

/** Body and headers of one attempt (Standard Webhooks 1.0.0). The body and `webhook-id` are the same every time, the time and its signatures are not. */
export function webhookMessage(
  content: WebhookContent,
  keys: readonly KeyObject[],
  now: Date,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const { eventId, eventType, subject, occurredAt, data, traceparent } = content;
  const head = JSON.stringify({ type: eventType, timestamp: occurredAt.toISOString(), id: eventId, subject });
  // The data is not parsed: what was published is what is sent.
  const body = `${head.slice(0, -1)},"data":${data}}`;
  const timestamp = Math.trunc(now.getTime() / 1000);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Tenantry-Webhooks/1',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': webhookSignature(keys, eventId, timestamp, body),
      ...(traceparent === null ? {} : { traceparent }),
    },
  };
}
