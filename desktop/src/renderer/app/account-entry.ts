/** How a button in the account's menu looks. */
export const ACCOUNT_ENTRY = {
  variant: 'subtle',
  color: 'gray',
  justify: 'start',
  fullWidth: true,
  fw: 400,
  styles: { label: { whiteSpace: 'normal' } },
  h: 'auto',
  py: 8,
} as const;
