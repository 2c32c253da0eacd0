import { PORTS } from '../ports.ts';

/** The one receiver of webhooks that may be inside and without TLS on the local platform: a person's own, or that of a test. */
export function webhookSinkOrigin(nodeAddress: string): string {
  return `http://${nodeAddress}:${PORTS.webhookSink}`;
}
