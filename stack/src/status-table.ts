import { CATALOGUE } from './catalogue.ts';
import { stackContext } from './local-stack.ts';
import type { Part } from './part.ts';
import { findProcess, groupMemory, processState } from './process.ts';

/** One line of `npm run status`. */
export interface PartStatus {
  readonly part: string;
  readonly state: 'running' | 'died' | 'stopped' | '';
  readonly pid: number | undefined;
  readonly megabytes: number | undefined;
  readonly address: string;
}

/** Each part as its processes are; `running` says that they live, not that they answer. */
export async function partStatuses(parts: readonly Part[] = CATALOGUE): Promise<PartStatus[]> {
  const context = { ...stackContext(), progress: () => {} };
  const statuses = parts.map(async (part): Promise<PartStatus> => {
    const states = await Promise.all(part.processes.map((name) => processState(context.paths, name)));
    const worst = (['died', 'stopped', 'running'] as const).find((state) => states.includes(state)) ?? '';
    const [first] = part.processes;
    const process = first === undefined ? undefined : await findProcess(context.paths, first);
    return {
      part: part.name,
      state: worst,
      pid: process?.pid,
      megabytes: process ? Math.round((await groupMemory(process.pid)) / 1e6) : undefined,
      address: worst === 'running' || part.processes.length === 0 ? part.address(context) : '',
    };
  });
  return await Promise.all(statuses);
}

/** The table as text. */
export function statusTable(statuses: readonly PartStatus[]): string {
  const rows = statuses.map((status) => [
    status.part,
    status.state || '-',
    status.pid === undefined ? '' : String(status.pid),
    status.megabytes === undefined ? '' : `${status.megabytes} MB`,
    status.address,
  ]);
  const all = [['part', 'state', 'pid', 'memory', 'address'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
