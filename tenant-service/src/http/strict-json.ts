import { Problem } from '../problem.ts';

/** Deeper nesting than any real customer has; a bound on every recursive reader of the value. */
export const JSON_DEPTH_MAX = 20;

/** Keys of a whole body. The largest batch of ordinary customers has half of it; a schema looks at each for some microseconds. */
export const JSON_KEYS_MAX = 100_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The value of a JSON text. Stricter than JSON.parse where two readers of one text could disagree: a repeated key and `__proto__` are
 * refused, and so is invalid UTF-8.
 * @throws Problem `malformed-json`.
 */
export function parseStrictJson(body: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof SyntaxError ? 'The body is not JSON.' : 'The body is not UTF-8.';
    throw new Problem('malformed-json', body.length === 0 ? 'The body is empty.' : detail, { cause: error });
  }
  checkKeys(text);
  // Such a number would be stored as null. The texts are rare; the walk is not free.
  if (/[eE]\+?\d{3}|\d{309}/.test(text) && !allFinite(value))
    throw new Problem('malformed-json', 'The body holds a number beyond the range of a double.');
  return value;
}

function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(allFinite);
}

/** One pass over text that is known to be JSON. */
function checkKeys(text: string): void {
  /** Keys seen per open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let count = 0;
  let at = 0;
  while (at < text.length) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys && isKey(text, end)) {
          addKey(keys, text.slice(at, end));
          count += 1;
          if (count > JSON_KEYS_MAX) throw new Problem('malformed-json', `The body has more than ${JSON_KEYS_MAX} keys.`);
        }
        at = end;
        continue;
      }
      case 0x7b:
        open.push(new Set());
        break;
      case 0x5b:
        open.push(null);
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        break;
    }
    if (open.length > JSON_DEPTH_MAX) throw new Problem('malformed-json', `The body is nested deeper than ${JSON_DEPTH_MAX} levels.`);
    at += 1;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) at += 1;
  }
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === 0x3a;
}

function addKey(keys: Set<string>, quoted: string): void {
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (key === '__proto__') throw new Problem('malformed-json', 'The key "__proto__" is not accepted.');
  if (keys.has(key)) throw new Problem('malformed-json', `The key ${JSON.stringify(key).slice(0, 120)} occurs twice in one object.`);
  keys.add(key);
}
