import { MongoClient } from 'mongodb';

/** The driver, as a module of ours: one that is imported late has no names of its own in the bundle. */
export { MongoClient };
