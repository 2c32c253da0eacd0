import { quoteIdentifier } from './identifier.ts';
import type { PreparedStatement } from './statement.ts';

/**
 * SQL made for one request, e.g. of a list's filters. It has no name on purpose: the server plans it for the values it is given (a rare status
 * wants another plan than a common one) and keeps nothing of it, so that callers cannot fill connections with statements (M12: 12 KB each).
 */
export class OneTimeStatement {
  readonly #template: string;

  /** `{schema}` stands for the quoted schema name. Values are `$1`, `$2` … and never part of the text. */
  constructor(template: string) {
    this.#template = template;
  }

  of(schema: string): PreparedStatement {
    return { name: '', text: this.#template.replaceAll('{schema}', quoteIdentifier(schema)) };
  }
}
