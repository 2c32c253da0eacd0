import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialScriptBytes } from '@tenantry/desktop/testing/initial-script.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import type { Bar } from '../measure/statistics.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { Row } from '../report/row.ts';
import type { DesktopRules } from './desktop-rules.ts';
import { type DesktopServers, desktopServers } from './desktop-servers.ts';
import { desktopWorld } from './desktop-world.ts';
import { firstScreenRows } from './first-screen.ts';
import { liveChangeRows } from './live-change.ts';
import { navigationRow } from './navigations.ts';
import { scrollingRows } from './scrolling.ts';

const SIZES = { full: { customers: 100_000, tenants: 10_000 }, short: { customers: 20_000, tenants: 2000 } };
const SCRIPT_LIMIT_KB = 400;

/** The desktop's window in real Chromium (issue "Desktop", speed): opening, scrolling, following, and staying small. */
export const benchDesktop: Bench = async ({ short, rounds, despiteLoad, say, signal }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const barOf = ({ kind, ratio }: Bar): Bar => ({ kind, ratio: short ? ratio * 2 : ratio });
  const rules: DesktopRules = { short, rounds, despiteLoad, say, signal, barOf };
  try {
    const servers = await desktopServers({ folder, ...SIZES[short ? 'short' : 'full'], say });
    cleanUp.add(servers.close);
    return await measured(servers, folder, rules);
  } finally {
    await cleanUp.run();
  }
};

async function measured(servers: DesktopServers, folder: string, rules: DesktopRules): ReturnType<Bench> {
  await using world = await desktopWorld(servers, folder);
  const scriptKb = (await initialScriptBytes(world.pageFolder)) / 1000;
  const rows: Row[] = [
    boundRow(`script before the first screen, gzip ÷ ${SCRIPT_LIMIT_KB} KB`, 'KB', [scriptKb], SCRIPT_LIMIT_KB, rules),
    ...(await firstScreenRows(world, rules)),
    ...(await liveChangeRows(world, rules)),
    ...(await scrollingRows(world, rules)),
    await navigationRow(world, rules),
  ];
  return { rows, versions: { node: process.versions.node, chromium: world.window.page.context().browser()?.version() ?? '' } };
}
