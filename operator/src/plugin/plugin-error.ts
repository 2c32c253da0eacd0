/** How a command ends that did not go well, as the exit code says it. */
export const EXIT = { ok: 0, notReady: 1, usage: 2, failed: 3 } as const;

/** Something a person can be told in one line. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly exitCode: number;

  constructor(kind: keyof typeof EXIT, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = EXIT[kind];
  }
}
