import { type Logger, pino, stdTimeFunctions } from 'pino';

/** JSON lines with ECS names. Messages are constant; what varies goes into fields, and never a secret. */
export function createLog(level: string): Logger {
  return pino({
    level,
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ 'log.level': label }) },
    base: { 'service.name': 'tenantry-operator' },
  });
}
