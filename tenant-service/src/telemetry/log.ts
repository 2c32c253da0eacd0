import { type DestinationStream, type Logger, pino } from 'pino';
import { BufferedLines } from './buffered-lines.ts';

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
    destination ?? new BufferedLines(pino.destination({ sync: false })),
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
