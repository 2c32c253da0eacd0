import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';

/** Seals what the database must not be able to say. */
export interface SecretBox {
  readonly seal: (tenantId: string, text: string) => string;
  /** @throws when it was sealed for another tenant, with a key that is gone, or changed since. */
  readonly open: (tenantId: string, sealed: string) => string;
}

/**
 * AES-256-GCM with keys of this process: the first seals, all open, so a key is changed by putting a new one in front and taking the old one
 * out when nothing is sealed with it any more. The tenantId is authenticated with the text: a row copied to another tenant does not open.
 */
export function secretBox(keys: readonly Buffer[]): SecretBox {
  const byId = new Map(keys.map((key) => [hash('sha256', key, 'hex').slice(0, 8), key]));
  const [[firstId, first] = []] = byId;
  if (firstId === undefined || first === undefined) throw new Error('there is no key to seal with');
  return {
    seal: (tenantId, text) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', first, nonce).setAAD(Buffer.from(tenantId));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${firstId}.${sealed.toString('base64url')}`;
    },
    open: (tenantId, text) => {
      const [id = '', body = ''] = text.split('.');
      const key = byId.get(id);
      if (key === undefined) throw new Error(`a secret is sealed with key ${id}, which this process does not have`);
      const sealed = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(tenantId));
      decipher.setAuthTag(sealed.subarray(-16));
      return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
