/** What stands for something nobody may read in a bug report. */
export const REDACTED = '(redacted)';

/** Keys whose value is a secret or names a person, in any object. */
const PRIVATE_KEY = /pass(word|wd|phrase)?$|secret$|token$|api-?key$|private-?key$|^authorization$|^cookie$|^displayName$|^e-?mail$/i;
/** Left alone although the name ends so: names of things, not their values. */
const NAME_OF_THING = /^(secretName|secret|tokenUrl)$/;

const PRIVATE_TEXT: readonly (readonly [RegExp, string])[] = [
  // JSON web tokens.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, REDACTED],
  // PEM blocks.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, REDACTED],
  // Credentials in a URL.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${REDACTED}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(pass(?:word)?|secret|token)("?\s*[:=]\s*"?)[^\s",}]+/gi, `$1$2${REDACTED}`],
  // Addresses of people.
  [/[\w.+-]+@[\w-]+\.[\w.-]*[a-z]/gi, REDACTED],
];

/** The same value with secrets and people taken out, as deep as it goes. Pure. */
export function redact<T>(value: T): T {
  return redacted(value) as T;
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') return PRIVATE_TEXT.reduce((text, [pattern, by]) => text.replace(pattern, by), value);
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  const isSecret = (value as { kind?: unknown }).kind === 'Secret';
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (isSecret && (key === 'data' || key === 'stringData')) return [key, keysOnly(each)];
      const isPrivate = PRIVATE_KEY.test(key) && !NAME_OF_THING.test(key) && typeof each === 'string';
      return [key, isPrivate ? REDACTED : redacted(each)];
    }),
  );
}

function keysOnly(data: unknown): unknown {
  return Object.fromEntries(Object.keys((data ?? {}) as object).map((key) => [key, REDACTED]));
}
