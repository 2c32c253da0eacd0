/** What a proof leaves behind; committed under docs/proof/. */
export interface Proof {
  readonly claim: string;
  /** Numbers that make the claim believable; all zero would be no proof. */
  readonly counts: Readonly<Record<string, number>>;
}
