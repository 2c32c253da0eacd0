/** Google's two domains are one provider. */
const isGmail = (email: string): string => `lower(split_part(${email}, '@', 2)) in ('gmail.com', 'googlemail.com')`;

/**
 * SQL: what all addresses of one mailbox have in common, from the address `email` names. Small letters, nothing from a `+` on, and at Gmail no
 * dots; other providers tell `a.b` from `ab`, so there dots stay. Word for word the expression of the index customers_email_alias.
 */
export const emailKey = (email: string): string =>
  `case when ${isGmail(email)} then replace(split_part(split_part(lower(${email}), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else split_part(split_part(lower(${email}), '@', 1), '+', 1) || '@' || split_part(lower(${email}), '@', 2) end`;

/** SQL: true of addresses whose key may be another than they are; the others are found as they are. */
export const isAlias = (email: string): string => `(strpos(${email}, '+') > 0 or ${isGmail(email)})`;
