import type { FreshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import type { Template } from '../../load/order.ts';
import type { Contender } from '../contender.ts';

/** Another way to build the same service, started on the same PostgreSQL with as many workers as ours. */
export interface Peer {
  readonly name: string;
  readonly contender: Contender;
  /** It gets so many times fewer requests, for a turn that takes about as long as ours. */
  readonly slowness: number;
  readonly create: (mark: string) => Template;
  readonly createStatus: 200 | 201;
  /** Of one of `ids`. */
  readonly read: Template;
  /** A page of 50, newest first. */
  readonly list: Template;
  /** Fills it with so many customers; their ids. */
  readonly fill: (count: number) => Promise<string[]>;
  readonly remove: () => Promise<void>;
}

/** Ratios we want over it. */
export interface PeerBars {
  readonly create: number;
  readonly read: number;
  readonly list: number;
}

/** For the environment of a peer's process, never its arguments: those every process of the machine can read. */
export function databaseUrl({ settings }: FreshDatabase): string {
  const { host, port, database, user, password } = settings();
  const url = new URL(`postgres://${host}:${port}/${database}`);
  url.username = user ?? '';
  url.password = String(password);
  return url.href;
}
