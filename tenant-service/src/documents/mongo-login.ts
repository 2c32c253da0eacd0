import type { Cell } from '@tenantry/contracts';

/** The way into a cell's document server. */
export interface MongoLogin {
  readonly url: string;
  readonly database: string;
  /** Nothing: the server knows no users. */
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** PEM of the authorities its certificate is checked against; nothing: no TLS. */
  readonly ca: string | undefined;
}

/** Nothing when the cell keeps no documents. `secret` is asked only by a server that has logins. */
export function mongoLogin(
  { mongo }: Pick<Cell, 'mongo'>,
  username: string,
  { ca, secret }: { readonly ca: string; readonly secret: () => string },
): MongoLogin | undefined {
  if (mongo === undefined) return undefined;
  const { url, database, tls, logins } = mongo;
  return { url, database, ca: tls ? ca : undefined, auth: logins ? { username, password: secret() } : undefined };
}
