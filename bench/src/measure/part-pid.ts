import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';

/** The process of a part of the stack, to be asked for its processor time. @throws when it does not run. */
export async function partPid(name: string): Promise<number> {
  const found = await findProcess(stackPaths(), name);
  if (found === undefined) throw new Error(`${name} has ended`);
  return found.pid;
}
