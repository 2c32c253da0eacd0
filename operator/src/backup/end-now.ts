import type { ClientBase } from 'pg';

/**
 * Cuts a connection in the middle of whatever it does. A COPY under way has taken the socket over, so the protocol's own good-bye would wait
 * behind gigabytes that nobody reads.
 */
export function endNow(client: ClientBase): void {
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
}
