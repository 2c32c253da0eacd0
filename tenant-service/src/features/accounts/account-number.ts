/** Ten digits to choose from: with a million accounts one new number in ten thousand is taken, and then another is tried. */
const DIGITS = 10;

/**
 * An account number of ours: ten random digits and two that check them (ISO 7064 MOD 97-10, as in an IBAN), so that a digit mistyped or two
 * exchanged make no number of another account. `random` gives numbers from 0 up to, but not including, 1.
 */
export function newAccountNumber(random: () => number): string {
  const digits = String(Math.floor(random() * 10 ** DIGITS)).padStart(DIGITS, '0');
  return digits + checkDigits(digits);
}

/** True for what {@link newAccountNumber} may have made. */
export function isOwnAccountNumber(number: string): boolean {
  return /^\d{12}$/.test(number) && Number(number) % 97 === 1;
}

function checkDigits(digits: string): string {
  return String(98 - (Number(`${digits}00`) % 97)).padStart(2, '0');
}
