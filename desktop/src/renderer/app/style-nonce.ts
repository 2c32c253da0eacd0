/**
 * The nonce that styles made at run time carry: the policy lets no others in. Written into the page by whoever serves it, anew for every page.
 * The second assignment is where react-style-singleton (locked scrolling behind dialogs) looks.
 */
export const styleNonce: string = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';

(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce;
