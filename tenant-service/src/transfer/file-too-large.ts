/** The format has no room for so many rows: another attempt would meet the same. The message is for whoever asked. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}
