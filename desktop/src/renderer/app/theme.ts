import { type CSSVariablesResolver, createTheme, darken, type MantineThemeOverride } from '@mantine/core';
import type { Contrast } from './contrast.ts';
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

export interface ThemeWish {
  /** How close together rows and controls are. */
  readonly density: Density;
  readonly contrast: Contrast;
  /** What every cross that closes something is called, for those who do not see it. */
  readonly closeLabel: string;
}

/** The look of the kit's parts. */
export function themeOf({ density, contrast, closeLabel }: ThemeWish): MantineThemeOverride {
  const size = SIZES[density];
  return createTheme({
    primaryColor: 'indigo',
    // Filled buttons and links keep 4.5:1 in both schemes (WCAG 2.2, 1.4.3).
    primaryShade: { light: 7, dark: 8 },
    // In high contrast every filled part is dark enough for white.
    autoContrast: contrast !== 'high',
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

/** Words that are read at 7:1 on whatever they stand on (WCAG 2.2, 1.4.6), for who asks for contrast. */
export const highContrastColours: CSSVariablesResolver = ({ colors }) => {
  const dark = (shade: string): string => darken(shade, 0.45);
  const everyColour = (variables: (name: string, shades: (typeof colors)[string]) => Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(colors).flatMap(([name, shades]) => Object.entries(variables(name, shades))));
  const filled = (name: string, shades: (typeof colors)[string]) => ({
    [`--mantine-color-${name}-filled`]: dark(shades[9]),
    [`--mantine-color-${name}-filled-hover`]: darken(shades[9], 0.6),
  });
  return {
    variables: {},
    light: {
      ...everyColour((name, shades) => ({
        ...filled(name, shades),
        [`--mantine-color-${name}-light-color`]: '#000',
        [`--mantine-color-${name}-outline`]: dark(shades[9]),
      })),
      '--mantine-color-text': '#000',
      '--mantine-color-anchor': dark(colors.indigo[9]),
      '--mantine-color-error': dark(colors.red[9]),
    },
    dark: {
      ...everyColour((name, shades) => ({
        ...filled(name, shades),
        [`--mantine-color-${name}-light-color`]: '#fff',
        [`--mantine-color-${name}-outline`]: shades[1],
      })),
      '--mantine-color-body': '#000',
      '--mantine-color-default': '#000',
      '--mantine-color-text': '#fff',
      '--mantine-color-anchor': colors.indigo[1],
      '--mantine-color-error': colors.red[1],
    },
  };
};
