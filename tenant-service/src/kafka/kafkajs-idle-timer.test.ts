import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

/** kafkajs 2.2.4 as it comes arms a timer after every response whether anything waits or not, and with a negative delay: patches/ has the repair. */
it('arms no timer while nothing waits, and one when something does', () => {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as new (
    options: object,
  ) => {
    pending: unknown[];
    throttleCheckTimeoutId: unknown;
    checkPendingRequests: () => void;
    scheduleCheckPendingRequests: () => void;
    destroy: () => void;
  };
  const queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    clientId: 'c',
    broker: 'b',
    logger: { debug: () => {} },
  });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
  queue.pending.push({});
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});
