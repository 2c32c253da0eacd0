import { type CSSVariablesResolver, createTheme, darken, type MantineThemeOverride } from '@mantine/core';
import type { Density } from './preferences.ts';

const SIZES: Readonly<Record<Density, 'xs' | 'sm'>> = { compact: 'xs', comfortable: 'sm' };
/** Controls whose size follows the density. */
const SIZED = [
  'Button',
  'TextInput',
  'Select',
  'MultiSelect',
  'NumberInput',
  'Textarea',
  'Checkbox',
  'Switch',
  'SegmentedControl',
] as const;

/**
 * @param density how close together rows and controls are
 * @param closeLabel what every cross that closes something is called, for those who do not see it
 */
export function themeOf(density: Density, closeLabel: string): MantineThemeOverride {
  const size = SIZES[density];
  return createTheme({
    primaryColor: 'indigo',
    // Filled buttons and links keep 4.5:1 in both schemes (WCAG 2.2, 1.4.3).
    primaryShade: { light: 7, dark: 8 },
    autoContrast: true,
    // Below it white has 4.5:1, above it black has.
    luminanceThreshold: 0.18,
    respectReducedMotion: true,
    cursorType: 'pointer',
    fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans JP", "Noto Sans Arabic", sans-serif',
    components: {
      ...Object.fromEntries(SIZED.map((name) => [name, { defaultProps: { size } }])),
      // What takes the focus first is an item, for a menu may have nothing else (WAI-ARIA, menu); what has it last is the button again.
      Menu: { defaultProps: { withInitialFocusPlaceholder: false, returnFocus: true } },
      CloseButton: { defaultProps: { 'aria-label': closeLabel } },
    },
  });
}

/** Coloured words on their own pale colour: the kit's have 3:1 to 4.3:1, AA asks for 4.5:1. */
export const readableColours: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    ...Object.fromEntries(
      Object.entries(colors).flatMap(([name, shades]) => [
        [`--mantine-color-${name}-light-color`, darken(shades[9], 0.35)],
        [`--mantine-color-${name}-outline`, darken(shades[9], 0.35)],
      ]),
    ),
    '--mantine-color-error': colors.red[9],
  },
  dark: { '--mantine-color-error': colors.red[4] },
});
