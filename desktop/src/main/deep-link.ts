/** The scheme the application is registered for. */
export const LINK_SCHEME = 'tenantry';

const SLUG = '[a-z][a-z0-9-]{1,38}[a-z0-9]';
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** Addresses a link may open: screens that show something. None of them does anything by being opened. */
const OPENABLE = [
  new RegExp(`^tenants/${SLUG}(?:/(?:customers|reports|webhooks|audit|duplicates|members|usage|activity))?$`),
  new RegExp(`^tenants/${SLUG}/(?:customers|accounts)/${UUID}$`),
  new RegExp(`^platform(?:/tenants(?:/${SLUG})?)?$`),
];

/** No address of ours is longer. */
const LENGTH_MAX = 300;

/**
 * A `tenantry://` address as a path of the router, its case kept, or nothing. Anybody can make the system open one, from a mail or a page: it is
 * held to a list, and what follows `?` or `#` is not looked at.
 */
export function pathOfLink(link: string): string | undefined {
  if (link.length > LENGTH_MAX) return undefined;
  const [, rest] = /^tenantry:\/\/([^?#]*)/i.exec(link) ?? [];
  if (rest === undefined) return undefined;
  const path = rest.replace(/\/$/, '');
  return OPENABLE.some((openable) => openable.test(path)) ? `/${path}` : undefined;
}

/** The link among the words a second start of the application was given, if any. */
export function linkAmong(words: readonly string[]): string | undefined {
  return words.find((word) => word.toLowerCase().startsWith(`${LINK_SCHEME}://`));
}
