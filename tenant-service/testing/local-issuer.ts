import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';

export interface TokenWishes {
  readonly organizationId: string;
  readonly groups?: readonly string[];
  readonly subject?: string;
  /** Replaces or adds claims; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly expiresIn?: number;
}

/** An issuer of a test's own, so that hostile tokens can be made: the same key set format and claims as Keycloak's realm. */
export interface LocalIssuer extends AsyncDisposable {
  readonly url: string;
  readonly token: (wishes: TokenWishes) => Promise<string>;
  readonly privateKey: CryptoKey;
  readonly kid: string;
  /** How often the key set was asked for. */
  readonly fetches: () => number;
}

export async function localIssuer(): Promise<LocalIssuer> {
  const kid = 'local-1';
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/realms/tenantry`;
  return {
    url,
    privateKey,
    kid,
    fetches: () => fetches,
    token: ({ organizationId, groups = ['/admin'], subject = 'person-1', claims = {}, header = {}, expiresIn = 300 }) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: url,
        aud: 'tenantry-api',
        sub: subject,
        typ: 'Bearer',
        iat: now,
        exp: now + expiresIn,
        organization: { acme: { id: organizationId, groups } },
        ...claims,
      };
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...header }).sign(privateKey);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
