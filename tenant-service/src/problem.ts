import { PROBLEMS, type ProblemCode, type ProblemPlace, problemType } from '@tenantry/contracts';

interface ProblemOptions {
  readonly cause?: unknown;
  readonly errors?: readonly ProblemPlace[];
  /** Response headers the problem brings along, lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document, e.g. `url` of `tenant-served-elsewhere`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An error the caller may see. Everything else that is thrown becomes `internal` and tells the caller its request id only. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    const { stackTraceLimit } = Error;
    // A refusal is an answer, not a fault: nobody reads its stack, and taking it was half of what a request too many costs us.
    if (PROBLEMS[code].status < 500) Error.stackTraceLimit = 0;
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The RFC 9457 document. `instance` is the request id. */
  document(instance: string): Record<string, unknown> {
    const { status, title } = PROBLEMS[this.code];
    return {
      type: problemType(this.code),
      title,
      status,
      detail: this.message,
      instance,
      code: this.code,
      ...(this.options.errors ? { errors: this.options.errors } : {}),
      ...this.options.members,
    };
  }
}
