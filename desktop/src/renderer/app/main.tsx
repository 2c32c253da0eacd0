import type { DesktopBridge } from '../../platform/bridge.ts';
import { BRIDGE_NAME } from '../../platform/bridge.ts';
import { electronPlatform } from '../../platform/electron-platform.ts';
import { start } from './start.tsx';

const bridge = (globalThis as unknown as Record<string, DesktopBridge | undefined>)[BRIDGE_NAME];
if (bridge === undefined) throw new Error('this page runs in the desktop application only');

await start(electronPlatform(bridge));
