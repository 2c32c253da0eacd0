import { Late } from '../late.ts';
import type { JobQueue } from './job-queue.ts';

/** A queue that is opened with the first ticket: its client and its connection are for replicas that have tickets to put in. */
export function lateJobQueue(open: () => Promise<JobQueue>): JobQueue {
  const queue = new Late(open);
  return {
    add: async (ticket) => (await queue.get()).add(ticket),
    close: async () => void (await queue.ifUsed((opened) => opened.close())),
  };
}
