import { openApiDocument } from '@tenantry/contracts';

/** The document that every tenant serves at `/v1/openapi.json`, as text. */
export function httpApi(version: string): string {
  return `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
}
