const STYLE = { direction: 'ltr', textAlign: 'match-parent', overflow: 'hidden', textOverflow: 'ellipsis' } as const;

/** Addresses and numbers begin on the left in every language; what does not fit is cut off at their end. */
export function LatinText({ text }: { readonly text: string }) {
  return (
    <div style={STYLE} title={text}>
      {text}
    </div>
  );
}
