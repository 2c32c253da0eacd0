import { fromRecord } from '@tenantry/contracts';
import { z } from 'zod';
import type { LoggedEvent } from '../event-log/event-chain.ts';
import type { SourceRecord } from './event-source.ts';

/** An event with the tenant it says it is of. */
export interface ReadEvent {
  readonly tenantId: string;
  readonly event: LoggedEvent;
}

/** Neither a version nor a text of ours has more. */
const VERSION_MAX = 2_147_483_647;

/** Record → event. @throws Error that says why it is none; another delivery of it would be none either. */
export function readEvent({ value, headers }: SourceRecord): ReadEvent {
  if (value === null) throw new Error('the record has no value');
  // Fatal: bytes that are no text would be kept as something they were not.
  const data = new TextDecoder('utf-8', { fatal: true }).decode(value);
  const attributes = attributesOf(data, headers);
  const version = Number(attributes.aggregateversion);
  if (!(version >= 1 && version <= VERSION_MAX)) throw new Error(`aggregateversion ${attributes.aggregateversion} is none`);
  return {
    tenantId: attributes.tenantid,
    event: {
      id: attributes.id,
      type: attributes.type,
      subject: attributes.subject,
      version,
      // What the log keeps and gives back: milliseconds, UTC.
      time: new Date(attributes.time).toISOString(),
      traceparent: attributes.traceparent ?? null,
      data,
    },
  };
}

function attributesOf(value: string, headers: SourceRecord['headers']) {
  try {
    return fromRecord({ value, headers }).attributes;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '), { cause: error });
  }
}
