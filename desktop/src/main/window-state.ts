import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** Where the window was when it was closed. */
export const WindowState = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(640).max(20_000),
  height: z.int().min(480).max(20_000),
  maximized: z.boolean(),
});

export type WindowState = z.infer<typeof WindowState>;

/** An area of a screen. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const FIRST: WindowState = { width: 1280, height: 840, maximized: false };

/** As it was left, unless that is on a screen that is not there any more. */
export async function readWindowState(file: string, screens: readonly Area[]): Promise<WindowState> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parsed = WindowState.safeParse(parsedJson(text));
  if (!parsed.success) return FIRST;
  const { x, y, ...size } = parsed.data;
  return x !== undefined && y !== undefined && screens.some((screen) => canBeGrabbed({ x, y, ...size }, screen)) ? { x, y, ...size } : size;
}

export async function writeWindowState(file: string, state: WindowState): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(state));
  await rename(`${file}.new`, file);
}

/** Enough of the title bar is on the screen to move the window by. */
function canBeGrabbed(window: Area, screen: Area): boolean {
  const overlap = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x);
  return overlap >= 100 && window.y >= screen.y && window.y <= screen.y + screen.height - 40;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
