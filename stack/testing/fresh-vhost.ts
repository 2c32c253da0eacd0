import { RABBITMQ_SENDER } from '@tenantry/contracts';
import { prepareRabbitmq } from '../src/rabbitmq/prepare-rabbitmq.ts';
import { SECRETS } from '../src/secrets.ts';
import type { RunningStack } from './running-stack.ts';

/** A vhost of a test's own for webhooks, with the senders' login as the platform has it. Dropping it twice is fine. */
export async function freshVhost(stack: RunningStack, vhost: string) {
  const { host, port, management, username, password } = await stack.rabbitmq();
  const senderPassword = await stack.secret(SECRETS.rabbitmqSender);
  await prepareRabbitmq({ management, password, senderPassword, vhost });
  const asAdministrator = (path: string, init: RequestInit = {}) =>
    fetch(`${management}/api/${path}`, { ...init, headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` } });
  return {
    login: { host, port, vhost, username: RABBITMQ_SENDER, password: senderPassword, ca: undefined },
    /** The management API, as the server's administrator. */
    asAdministrator,
    drop: () => asAdministrator(`vhosts/${vhost}`, { method: 'DELETE' }),
  };
}
