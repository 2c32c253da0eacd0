import { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { HttpExecutor, UpdateInfo } from 'builder-util-runtime';
import type { AppUpdater } from 'electron-updater';
import type { UpdateProblem } from '../../platform/updates.ts';
import type { Updater } from '../electron-port.ts';
import { UpdateFailure } from './update-failure.ts';

export interface SafeUpdaterOptions {
  /** Of electron-updater, for this system. */
  readonly library: AppUpdater;
  /** Folder of the list of versions and of the files it names. */
  readonly address: string;
  /** For tests: this machine has no certificate. */
  readonly isLoopbackSafe?: boolean;
}

/** Notes longer than this are no notes. */
const NOTES_CHARACTERS_MAX = 10_000;

/**
 * electron-updater, held to what we promise: it downloads and installs nothing by itself, goes to no older version, and asks nobody but https.
 * @throws UpdateFailure `unsafe-address`
 */
export function safeUpdater({ library, address, isLoopbackSafe = false }: SafeUpdaterOptions): Updater {
  const isSafe = ({ protocol, hostname }: Asked): boolean => protocol === 'https:' || (isLoopbackSafe && hostname === '127.0.0.1');
  if (!isSafe(new URL(address))) throw new UpdateFailure('unsafe-address');
  library.autoDownload = false;
  library.autoInstallOnAppQuit = false;
  library.allowDowngrade = false;
  library.disableWebInstaller = true;
  // A differential download follows redirects by itself, where nobody sees to https.
  library.disableDifferentialDownload = true;
  // It writes whole addresses and paths; what it throws is logged by who asked.
  library.logger = null;
  library.setFeedURL({ provider: 'generic', url: address });
  refuseUnsafeRequests(library, isSafe);

  return {
    check: async () => {
      const answer = await library.checkForUpdates().catch(fail);
      return answer?.isUpdateAvailable === true ? { version: answer.updateInfo.version, notes: notesOf(answer.updateInfo) } : undefined;
    },
    download: async (onPercent) => {
      const note = ({ percent }: { readonly percent: number }): void => onPercent(Math.floor(percent));
      library.on('download-progress', note);
      try {
        await library.downloadUpdate().catch(fail);
      } finally {
        library.off('download-progress', note);
      }
    },
    restart: async () => {
      let failure: Error | undefined;
      const note = (error: Error): void => {
        failure = error;
      };
      library.on('error', note);
      library.quitAndInstall();
      library.off('error', note);
      if (failure !== undefined) throw new UpdateFailure('not-installed', failure);
    },
  };
}

interface Asked {
  readonly protocol?: string | null | undefined;
  readonly hostname?: string | null | undefined;
}

/** Every request goes through here: also where a redirect leads, and files that the list of versions names anywhere. */
function refuseUnsafeRequests(library: AppUpdater, isSafe: (asked: Asked) => boolean): void {
  const { httpExecutor } = library as unknown as { readonly httpExecutor: HttpExecutor<ClientRequest> };
  const create = httpExecutor.createRequest.bind(httpExecutor);
  httpExecutor.createRequest = (asked, answer) =>
    isSafe(asked) ? create(asked, answer) : (new RefusedRequest() as unknown as ClientRequest);
}

/** Fails as a request does, by an event: after a redirect nobody would catch what is thrown. */
class RefusedRequest extends EventEmitter {
  end(): void {
    setImmediate(() => this.emit('error', new UpdateFailure('unsafe-address')));
  }

  abort(): void {}
}

const PROBLEMS: Readonly<Record<string, UpdateProblem>> = {
  ERR_UPDATER_CHANNEL_FILE_NOT_FOUND: 'nothing-there',
  ERR_UPDATER_INVALID_UPDATE_INFO: 'not-as-announced',
  ERR_UPDATER_INVALID_VERSION: 'not-as-announced',
  ERR_UPDATER_NO_FILES_PROVIDED: 'not-as-announced',
  ERR_UPDATER_NO_CHECKSUM: 'not-as-announced',
  ERR_CHECKSUM_MISMATCH: 'not-as-announced',
  ERR_UPDATER_INVALID_SIGNATURE: 'not-signed',
};

function fail(error: Error & { readonly code?: string }): never {
  const problem = PROBLEMS[error.code ?? ''];
  throw problem === undefined ? error : new UpdateFailure(problem, error);
}

function notesOf({ releaseNotes }: UpdateInfo): string {
  const notes = Array.isArray(releaseNotes) ? releaseNotes.map(({ note }) => note ?? '').join('\n\n') : (releaseNotes ?? '');
  return notes.slice(0, NOTES_CHARACTERS_MAX);
}
