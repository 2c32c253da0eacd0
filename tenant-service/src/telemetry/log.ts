import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * JSON lines with the field names of the Elastic Common Schema. Written in the background: a line may be lost when the machine dies, a
 * request never waits for the disk. Objects under `err` are written with their whole cause chain.
 */
export function createLog(level: string, service: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      messageKey: 'message',
      errorKey: 'err',
      base: { 'ecs.version': '8.11.0', 'service.name': service },
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
      serializers: { err: (error: unknown) => describeError(error) },
    },
    // 64 KiB a write: at 4 KiB, writing was a fifth of a busy replica's time. What waits is written within a second.
    destination ?? pino.destination({ sync: false, minLength: 65_535, maxWrite: 65_536, periodicFlush: 1000 }),
  );
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
