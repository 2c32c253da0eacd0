import type { Part } from '../part.ts';

/** A piece of work after the servers are up: deploying, a tenant, its customers. */
export interface Stage {
  readonly name: string;
  /** Names of stages that must have succeeded. */
  readonly needs: readonly string[];
  readonly hint: string;
  /** @returns what it came to, for the end of its line. */
  readonly run: (progress: (text: string) => void) => Promise<string>;
}

/** A stage as the supervisor runs it, so that order, progress lines, failures and times are those of parts. */
export function stagePart(stage: Stage): Part {
  let result = '';
  return {
    name: stage.name,
    needs: stage.needs,
    processes: [],
    needsRoot: false,
    hint: stage.hint,
    address: () => result,
    installed: async () => true,
    install: async () => {},
    start: async (context) => {
      result = await stage.run(context.progress);
    },
    ready: async () => {},
    stop: async () => {},
  };
}
