import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type Font } from 'fontkit';

/** A font a PDF can have in it. */
export interface Face {
  readonly name: string;
  readonly bytes: Buffer;
  readonly font: Font;
}

/**
 * Module → file of its package. The first has Latin, Greek, Cyrillic, Arabic and Hebrew letters; each of the others is asked for what those before it
 * lack: Han characters have their Japanese forms, and Chinese ones where Japanese writes none.
 */
const FILES = [
  ['dejavu-fonts-ttf/package.json', 'ttf/DejaVuSans.ttf'],
  ['@embedpdf/fonts-jp', '../fonts/NotoSansJP-Regular.otf'],
  ['@embedpdf/fonts-kr', '../fonts/NotoSansKR-Regular.otf'],
  ['@embedpdf/fonts-sc', '../fonts/NotoSansHans-Regular.otf'],
] as const;

/** What has to lie in `fonts/` beside the bundle. */
export const FONT_FILES: readonly string[] = FILES.map(([, file]) => basename(file));

const open = new Map<number, Face>();

/** The font of most texts: all are measured and set by its lines. */
export const baseFace = (): Face => face(0);

/** The font for characters that the first has none of: one for all of them, or undefined where not one font has any. */
export function faceFor(text: string): Face | undefined {
  for (const at of FILES.keys()) if (has(face(at), text)) return face(at);
  return undefined;
}

/** Whether a font can show all of a text. */
export function has({ font }: Face, text: string): boolean {
  for (const character of text) if (!font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)) return false;
  return true;
}

/** Read when it is first asked for: together they are 20 MB, and few reports need more than the first. */
function face(at: number): Face {
  const known = open.get(at);
  if (known) return known;
  const [module, file] = FILES[at] ?? FILES[0];
  const name = basename(file);
  const beside = fileURLToPath(new URL(`./fonts/${name}`, import.meta.url));
  const bytes = readFileSync(existsSync(beside) ? beside : join(dirname(createRequire(import.meta.url).resolve(module)), file));
  const opened = { name, bytes, font: create(bytes) as Font };
  open.set(at, opened);
  return opened;
}
