import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme.css';
import { createRoot } from 'react-dom/client';
import type { Platform } from '../../platform/platform.ts';
import { App } from './app.tsx';
import { readPreferences } from './preferences.ts';
import { startWords } from './words.ts';

/** Shows the application in the page. @throws when the page has no place for it */
export async function start(platform: Platform): Promise<void> {
  const place = document.getElementById('app');
  if (place === null) throw new Error('the page has no place for the application');
  await startWords(readPreferences().language);
  createRoot(place).render(<App platform={platform} />);
}
