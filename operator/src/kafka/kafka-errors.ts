import { findErrorBy } from '@platformatic/kafka';

/** True when the broker answered with this error code, e.g. `TOPIC_ALREADY_EXISTS`, anywhere in the error it made. */
export function hasKafkaCode(error: unknown, code: string): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', code) !== null;
}
