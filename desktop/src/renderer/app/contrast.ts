import { useMediaQuery } from '@mantine/hooks';
import type { Preferences } from './preferences.ts';

/** How far what is written stands out from what it is written on: 4.5:1, or 7:1. */
export type Contrast = 'standard' | 'high';

/** What the operating system says of who asks for contrast, or paints everything in colours of its own. */
const ASKED = '(prefers-contrast: more), (forced-colors: active)';

/** The contrast that a person has chosen here, or in their system. */
export function useContrast(chosen: Preferences['contrast']): Contrast {
  const isAsked = useMediaQuery(ASKED, false, { getInitialValueInEffect: false });
  if (chosen !== 'system') return chosen;
  return isAsked ? 'high' : 'standard';
}
