import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Folder with `cell/` and `tenant/`: beside the bundle (`/app/main.mjs` → `/app/migrations`), else beside `src` in a checkout.
 * @throws Error naming both places when the files are in neither.
 */
export function migrationsDirectory(): string {
  const places = ['./migrations/', '../migrations/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}cell`) && existsSync(`${place}tenant`));
  if (found === undefined) {
    throw new Error(
      `No SQL migrations in ${places.join(' or ')}: copy tenant-schema/migrations beside the bundle, or pass migrationsDirectory`,
    );
  }
  return found;
}
