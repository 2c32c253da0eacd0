import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { expect, it } from 'vitest';
import { spoilsProducer } from './kafka-errors.ts';

const protocol = (type: string) => new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable: false }) as never);

it('sees a spoilt producer through the wrappers kafkajs puts around it, and nothing else', () => {
  const lost = protocol('OUT_OF_ORDER_SEQUENCE_NUMBER');
  expect(spoilsProducer(lost)).toBe(true);
  expect(spoilsProducer(new Error('outer', { cause: lost }))).toBe(true);
  expect(spoilsProducer(new KafkaJSNumberOfRetriesExceeded(protocol('UNKNOWN_TOPIC_OR_PARTITION'), { retryCount: 1, retryTime: 1 }))).toBe(
    true,
  );
  expect(spoilsProducer(protocol('TOPIC_AUTHORIZATION_FAILED'))).toBe(false);
  expect(spoilsProducer(new Error('OUT_OF_ORDER_SEQUENCE_NUMBER'))).toBe(false);
});
