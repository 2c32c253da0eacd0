/** The platform's way into RabbitMQ. */
export interface RabbitmqLogin {
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
  readonly username: string;
  readonly password: string;
  /** PEM of the authorities its certificate is checked against; nothing: no TLS. */
  readonly ca: string | undefined;
}
