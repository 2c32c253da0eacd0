import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { UpdatesOff } from '../../platform/updates.ts';
import type { ProgramUpdates } from '../electron-port.ts';

/** Where newer versions are looked for, or why they are not. */
export type UpdateSource = { readonly address: string } | { readonly off: UpdatesOff };

/** @param configured the administrator's wish, of `environments.json`: it goes before what the program was packed with */
export async function updateSource(
  program: Pick<ProgramUpdates, 'packedAddress'> | undefined,
  configured: string | undefined,
): Promise<UpdateSource> {
  if (program === undefined) return { off: 'not-here' };
  if (configured === 'off') return { off: 'switched-off' };
  const address = configured ?? (await program.packedAddress());
  return address === undefined ? { off: 'no-address' } : { address };
}

const PackedConfiguration = z.object({ provider: z.literal('generic'), url: z.url() });

/** Of the `app-update.yml` that electron-builder packs. @returns undefined for an address below `.invalid`, which is nowhere (RFC 2606) */
export async function packedAddress(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parsed = PackedConfiguration.safeParse(parse(text));
  return parsed.success && !new URL(parsed.data.url).hostname.endsWith('.invalid') ? parsed.data.url : undefined;
}
