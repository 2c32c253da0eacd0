import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme.css';
import { createRoot } from 'react-dom/client';
import type { DesktopBridge } from '../../platform/bridge.ts';
import { BRIDGE_NAME } from '../../platform/bridge.ts';
import { electronPlatform } from '../../platform/electron-platform.ts';
import { App } from './app.tsx';
import { readPreferences } from './preferences.ts';
import { startWords } from './words.ts';

const bridge = (globalThis as unknown as Record<string, DesktopBridge | undefined>)[BRIDGE_NAME];
const place = document.getElementById('app');
if (bridge === undefined || place === null) throw new Error('this page runs in the desktop application only');

await startWords(readPreferences().language);
createRoot(place).render(<App platform={electronPlatform(bridge)} />);
