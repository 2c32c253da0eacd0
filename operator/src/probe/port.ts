/** Asks the tenant's own API a real question as the tenant's machine client. */
export interface TenantProbe {
  /** Undefined: it answered 200. Otherwise what came back, in one sentence. */
  readonly ask: (request: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
  }) => Promise<string | undefined>;
}
