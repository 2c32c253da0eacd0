import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

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
  readonly kid: string;
  /** The public key, as the key set has it. */
  readonly publicKey: () => JWK;
  /** From now on another key signs, and the key set holds no other. */
  readonly rotate: () => Promise<void>;
  /** What is answered instead of the key set; nothing: the key set again. */
  readonly answerInstead: (answer: { readonly status: number; readonly body: string } | undefined) => void;
  /** How often the key set was asked for. */
  readonly fetches: () => number;
}

export async function localIssuer(): Promise<LocalIssuer> {
  const kid = 'local-1';
  let key = await newKey(kid);
  let keys = 1;
  let fetches = 0;
  let instead: { readonly status: number; readonly body: string } | undefined;
  const server = createServer((_request, response) => {
    fetches += 1;
    const { status, body } = instead ?? { status: 200, body: JSON.stringify({ keys: [key.jwk] }) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/realms/tenantry`;
  return {
    url,
    kid,
    publicKey: () => key.jwk,
    rotate: async () => {
      keys += 1;
      key = await newKey(`local-${keys}`);
    },
    answerInstead: (answer) => {
      instead = answer;
    },
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
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.jwk.kid as string, ...header })
        .sign(key.privateKey);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function newKey(kid: string): Promise<{ readonly jwk: JWK; readonly privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }, privateKey };
}
