import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { expect, it } from 'vitest';
import { isProducerLost } from './kafka-errors.ts';

const protocol = (type: string) => new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable: false }) as never);

it('sees a lost producer through the wrappers kafkajs puts around it, and nothing else', () => {
  const lost = protocol('OUT_OF_ORDER_SEQUENCE_NUMBER');
  expect(isProducerLost(lost)).toBe(true);
  expect(isProducerLost(new KafkaJSNonRetriableError(lost as never, { cause: lost } as never))).toBe(true);
  expect(isProducerLost(new KafkaJSNumberOfRetriesExceeded(lost, { retryCount: 1, retryTime: 1 }))).toBe(true);
  expect(isProducerLost(protocol('UNKNOWN_TOPIC_OR_PARTITION'))).toBe(false);
  expect(isProducerLost(new Error('OUT_OF_ORDER_SEQUENCE_NUMBER'))).toBe(false);
});
