import { Late } from '../late.ts';
import type { ObjectStore } from './object-store.ts';

/** An object store that is opened with the first thing asked of it: the client of a bucket is ten megabytes, and most replicas never meet a file. */
export function lateObjectStore(open: () => Promise<ObjectStore>): ObjectStore {
  const store = new Late(open);
  return {
    put: async (...object) => (await store.get()).put(...object),
    get: async (key) => (await store.get()).get(key),
    link: async (...asked) => (await store.get()).link(...asked),
    removeUnder: async (...place) => (await store.get()).removeUnder(...place),
    keepOnly: async (...place) => (await store.get()).keepOnly(...place),
    close: () => void store.ifUsed((opened) => opened.close()),
  };
}
