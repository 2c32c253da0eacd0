import { asyncApiDocument } from '@tenantry/contracts';

/** The document that every tenant serves at `/v1/asyncapi.json`, as text. */
export function eventApi(version: string): string {
  return `${JSON.stringify(asyncApiDocument(version), null, 2)}\n`;
}
