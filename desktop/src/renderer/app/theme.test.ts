import { DEFAULT_THEME, mergeMantineTheme, parseThemeColor, toRgba } from '@mantine/core';
import { describe, expect, it } from 'vitest';
import { highContrastColours, themeOf } from './theme.ts';

/** WCAG 2.2, 1.4.6. */
const ENHANCED = 7;
const theme = mergeMantineTheme(DEFAULT_THEME, themeOf({ density: 'comfortable', contrast: 'high', closeLabel: 'Close' }));
const { light, dark } = highContrastColours(theme);

/** @param share how much of the colour covers what is behind it */
function channels(colour: string, behind = '#fff', share = 1): number[] {
  const [over, under] = [toRgba(colour), toRgba(behind)];
  return (['r', 'g', 'b'] as const).map((each) => over[each] * share + under[each] * (1 - share));
}

function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [bright, dim] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

describe.each([
  ['light', light, '#fff', 0.1],
  ['dark', dark, '#000', 0.15],
] as const)('high contrast, %s', (_, colours, body, paleness) => {
  it.each(Object.keys(theme.colors))('%s is read at 7:1, on its own pale colour and as a filled surface', (name) => {
    const shade = parseThemeColor({ color: `${name}.6`, theme }).value;
    const pale = channels(shade, body, paleness);
    expect(contrast(channels(colours[`--mantine-color-${name}-light-color`] ?? ''), pale)).toBeGreaterThanOrEqual(ENHANCED);
    for (const surface of ['filled', 'filled-hover'])
      expect(contrast(channels('#fff'), channels(colours[`--mantine-color-${name}-${surface}`] ?? ''))).toBeGreaterThanOrEqual(ENHANCED);
    expect(contrast(channels(colours[`--mantine-color-${name}-outline`] ?? ''), channels(body))).toBeGreaterThanOrEqual(ENHANCED);
  });

  it.each(['text', 'anchor', 'error'])('%s is read at 7:1', (name) => {
    expect(contrast(channels(colours[`--mantine-color-${name}`] ?? ''), channels(body))).toBeGreaterThanOrEqual(ENHANCED);
  });
});
