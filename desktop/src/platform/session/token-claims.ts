import { z } from 'zod';

/** What of a token's claims is looked at. They are not verified here: a token that was forged is refused by whom it is for. */
export const TokenClaims = z.object({
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number(),
  preferred_username: z.string().optional(),
  name: z.string().optional(),
  email: z.string().optional(),
  /** Slug of a tenant → the organization behind it. */
  organization: z.record(z.string(), z.unknown()).optional(),
});

export type TokenClaims = z.infer<typeof TokenClaims>;

/** @throws when it is no JWT of ours */
export function claimsOf(token: string): TokenClaims {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return TokenClaims.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/** Whether it is made for `audience` and for nobody else. */
export function isMadeFor(claims: TokenClaims, audience: string): boolean {
  const audiences = [claims.aud ?? []].flat();
  return audiences.length === 1 && audiences[0] === audience;
}
