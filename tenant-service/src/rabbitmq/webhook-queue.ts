import { WEBHOOK_QUEUES } from '@tenantry/contracts';
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { z } from 'zod';
import type { Log } from '../telemetry/log.ts';
import type { DeliveryTicket } from '../webhooks/delivery-ticket.ts';
import { Places } from '../webhooks/places.ts';
import type { RabbitmqLogin } from './rabbitmq-login.ts';

/** Tickets in the queue at most: they come as fast as they are worked, and one that waits long would be given out a second time. */
const DEPTH_MAX = 1000;
/** Times a ticket may kill or lose its consumer before it is put aside. */
const DELIVERY_LIMIT = 5;
const DEAD_MAX = 10_000;
/** A server that stands still is noticed after two of them. */
const HEARTBEAT_SECONDS = 5;
const RECONNECT_MAX_MS = 2000;

/** Senders of the release before gave each delivery a ticket of its own. */
const Ticket = z.union([
  z.object({ tenantId: z.uuid(), deliveryIds: z.array(z.uuid()).min(1) }),
  z.object({ tenantId: z.uuid(), deliveryId: z.uuid() }).transform(({ tenantId, deliveryId }) => ({ tenantId, deliveryIds: [deliveryId] })),
]);

interface WebhookQueueOptions {
  readonly login: RabbitmqLogin;
  readonly cell: string;
  /** Deliveries in hands at once. */
  readonly concurrency: number;
  /** Rejects only for what is no fault of a server: such a ticket is put aside as dead. */
  readonly work: (ticket: DeliveryTicket) => Promise<void>;
  readonly log: Log;
}

export interface WebhookQueue {
  /** How many more tickets it takes; 0 also while it is away. */
  readonly room: () => Promise<number>;
  /** Resolves when the server has them on disk. @throws when it does not say so; they are then given out again later. */
  readonly publish: (tickets: readonly DeliveryTicket[]) => Promise<void>;
  readonly isConnected: () => boolean;
  /** Takes nothing more, waits for what is in work. */
  readonly close: () => Promise<void>;
}

/**
 * The tickets of a cell's webhooks in RabbitMQ: a quorum queue, and one beside it for tickets that nobody could work. Rows are the record: both
 * may be emptied or deleted at any time. Connects by itself, for as long as it takes, whenever the connection is lost.
 */
export async function webhookQueue({ login, cell, concurrency, work, log }: WebhookQueueOptions): Promise<WebhookQueue> {
  const name = `${WEBHOOK_QUEUES}.${cell}`;
  const dead = `${name}.dead`;
  const inWork = new Set<Promise<void>>();
  const places = new Places(concurrency);
  let channel: ConfirmChannel | undefined;
  let consumerTag: string | undefined;
  let isClosing = false;

  const take = async (from: ConfirmChannel, message: ConsumeMessage): Promise<void> => {
    let isDone = true;
    try {
      const ticket: DeliveryTicket = Ticket.parse(JSON.parse(message.content.toString()));
      const { length } = ticket.deliveryIds;
      await places.take(length);
      try {
        await work(ticket);
      } finally {
        places.give(length);
      }
    } catch (error) {
      isDone = false;
      log.error({ err: error }, 'a webhook ticket could not be worked and is put aside');
    }
    try {
      if (isDone) from.ack(message);
      else from.nack(message, false, false);
    } catch {
      // The channel is gone, and the ticket comes again.
    }
  };

  const setup = async (connection: ChannelModel): Promise<void> => {
    const opened = await connection.createConfirmChannel();
    opened.on('error', (error: Error) => log.warn({ err: error }, 'the channel of webhooks was closed by the server'));
    opened.on('close', () => {
      if (channel === opened) channel = undefined;
    });
    await opened.assertQueue(dead, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-max-length': DEAD_MAX } });
    await opened.assertQueue(name, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': DELIVERY_LIMIT,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': dead,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
        'x-max-length': DEPTH_MAX * 10,
      },
    });
    await opened.prefetch(concurrency);
    const consumer = await opened.consume(name, (message) => {
      if (message === null || isClosing) return;
      const one = take(opened, message).finally(() => inWork.delete(one));
      inWork.add(one);
    });
    consumerTag = consumer.consumerTag;
    channel = opened;
  };

  const { host: hostname, port, vhost, username, password, ca } = login;
  const connection = await connect(
    { protocol: ca === undefined ? 'amqp' : 'amqps', hostname, port, username, password, vhost, heartbeat: HEARTBEAT_SECONDS },
    { timeout: 5000, ...(ca === undefined ? {} : { ca: [ca] }), recovery: { setup, maxDelay: RECONNECT_MAX_MS, waitForConnect: false } },
  );
  connection.on('error', () => {});
  connection.on('connect', () => log.info('the queue of webhooks is connected'));
  connection.on('disconnect', (error: Error) => {
    channel = undefined;
    log.warn({ err: error }, 'the queue of webhooks is away; what is due waits in the database');
  });
  connection.on('connect-failed', (error: Error) => log.debug({ err: error }, 'the queue of webhooks cannot be reached'));

  return {
    isConnected: () => channel !== undefined,
    room: async () => {
      const { messageCount } = (await channel?.checkQueue(name).catch(() => undefined)) ?? { messageCount: DEPTH_MAX };
      return Math.max(0, DEPTH_MAX - messageCount);
    },
    publish: async (tickets) => {
      const to = channel;
      if (to === undefined) throw new Error('the queue of webhooks is away');
      for (const ticket of tickets) to.sendToQueue(name, Buffer.from(JSON.stringify(ticket)), { persistent: true });
      await to.waitForConfirms();
    },
    close: async () => {
      isClosing = true;
      if (consumerTag !== undefined) await channel?.cancel(consumerTag).catch(() => {});
      await Promise.all(inWork);
      await connection.close().catch(() => {});
    },
  };
}
