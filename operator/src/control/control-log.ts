/** What control/ needs of a logger: constant messages, what varies in fields. A pino logger fits. */
export interface ControlLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: ControlLog = { debug() {}, info() {}, warn() {}, error() {} };
