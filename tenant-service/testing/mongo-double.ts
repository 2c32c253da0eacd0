import { randomBytes } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { MongoClient } from 'mongodb';
import type { MongoLogin } from '../src/documents/mongo-login.ts';

/** A database of a test's own on the stack's document server, which is not MongoDB. */
export interface MongoDouble extends AsyncDisposable {
  readonly login: MongoLogin;
  readonly collection: (name: 'audit' | 'customer_profiles' | 'positions') => ReturnType<ReturnType<MongoClient['db']>['collection']>;
  /** All documents are gone, as after the loss of the server. */
  readonly lose: () => Promise<void>;
}

export async function mongoDouble(): Promise<MongoDouble> {
  const { mongo } = await runningStack('mongo');
  const url = `mongodb://${mongo.host}:${mongo.port}/`;
  const database = `test_${randomBytes(6).toString('hex')}`;
  const client = new MongoClient(url, { retryWrites: false });
  return {
    login: { url, database, auth: undefined, ca: undefined },
    collection: (name) => client.db(database).collection(name),
    lose: async () => void (await client.db(database).dropDatabase()),
    [Symbol.asyncDispose]: async () => {
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}
