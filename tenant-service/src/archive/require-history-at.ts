import type { TenantTransaction } from '../tenancy/doors.ts';
import { archivedProblem, archiveFloor } from './archive-floor.ts';

/** Whether the database still tells everything of this instant; to be sent as {@link archiveFloor} says. @throws Problem archived. */
export async function requireHistoryAt(tx: TenantTransaction, instant: string): Promise<void> {
  const before = await archiveFloor(tx, 'history', instant);
  if (before !== undefined) throw archivedProblem('history', before);
}
