import { RABBITMQ_OPERATOR, RABBITMQ_SENDER, SENDER_VHOST, WEBHOOK_QUEUES } from '@tenantry/contracts';

interface RabbitmqPreparation {
  /** Address of the management HTTP API. */
  readonly management: string;
  /** The operator's. */
  readonly password: string;
  readonly senderPassword: string;
  /** The platform's, unless a test has its own. */
  readonly vhost?: string;
}

/** The platform's vhost and the login of webhook senders, which makes the queues itself. May be repeated; a changed password counts from then on. */
export async function prepareRabbitmq({ management, password, senderPassword, vhost = SENDER_VHOST }: RabbitmqPreparation): Promise<void> {
  const queues = `^${WEBHOOK_QUEUES.replaceAll('.', '\\.')}\\.`;
  const put = async (path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${management}/api/${path}`, {
      method: 'PUT',
      headers: { authorization: `Basic ${btoa(`${RABBITMQ_OPERATOR}:${password}`)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`RabbitMQ answered ${answer.status} to ${path}`);
  };
  await put(`vhosts/${encodeURIComponent(vhost)}`, { description: 'the platform’s own queues' });
  await put(`users/${RABBITMQ_SENDER}`, { password: senderPassword, tags: '' });
  // Dead letters go through the default exchange, so the queue's maker has to be allowed to write there.
  const rights = { configure: queues, write: `(${queues}|^amq\\.default$)`, read: queues };
  await put(`permissions/${encodeURIComponent(vhost)}/${RABBITMQ_SENDER}`, rights);
}
