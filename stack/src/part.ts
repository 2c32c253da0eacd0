import type { Paths } from './paths.ts';

/** What a part is given: where things are, and a voice. */
export interface PartContext {
  readonly paths: Paths;
  /** Address pods and host both reach: the bridge's, or 127.0.0.1 without root. */
  readonly nodeAddress: string;
  /** Changes the text behind the part's progress line, e.g. `downloading 34 %`. */
  readonly progress: (text: string) => void;
}

/** Something that stands in the way on this machine, and what a person does about it. */
export interface Problem {
  readonly what: string;
  readonly fix: string;
  /** False for what works in a lesser way, or what the stack mends itself. */
  readonly blocks: boolean;
}

/** One server of the local platform. Every method may be called again after a crash at any line. */
export interface Part {
  readonly name: string;
  /** Parts that must be ready before `start`. Installs run without waiting. */
  readonly needs: readonly string[];
  /** Names given to `startProcess`: pid files and logs are found by them, so the supervisor sees a death. Empty when nothing stays running. */
  readonly processes: readonly string[];
  /** True when it cannot run without root (bridges, cgroups, mounts). */
  readonly needsRoot: boolean;
  /** True for what only tests use: `npm start` leaves it out, `npm test` and `stack up NAME` start it. */
  readonly forTests?: boolean;
  /** True for what nothing else counts on: a start without it is complete, and says that it is missing. */
  readonly optional?: boolean;
  /** Where it listens, for the table a person sees; empty for parts without a port. */
  readonly address: (context: PartContext) => string;
  /** What is said when it dies: the likely cause and the fix. */
  readonly hint: string;
  /** What it lacks on this machine, for `doctor`; looks only, changes nothing, and names everything at once. */
  readonly problems?: (context: PartContext) => Promise<readonly Problem[]>;
  /** True when the install is in the cache and intact. */
  readonly installed: (context: PartContext) => Promise<boolean>;
  /** Brings what it needs into the cache; a broken entry is made anew. */
  readonly install: (context: PartContext) => Promise<void>;
  /** Starts the process (or finds its own running one) and returns at once. */
  readonly start: (context: PartContext) => Promise<void>;
  /** Resolves when requests are answered; rejects when that will not happen. The supervisor watches for a death meanwhile. */
  readonly ready: (context: PartContext) => Promise<void>;
  /** Ends what `start` started, in the server's orderly way; data stays. */
  readonly stop: (context: PartContext) => Promise<void>;
}
