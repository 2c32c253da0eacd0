import { COMMON_PROBLEMS, operations, PROBLEMS, type ProblemCode, problemType } from '@tenantry/contracts';
import { pageHead, table } from './markdown.ts';

/** Every error answer of the API: code, status, title and who answers it. */
export function problemsPage(): string {
  const codes = (Object.keys(PROBLEMS) as ProblemCode[]).sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
  const rows = codes.map((code) => [`\`${code}\``, String(PROBLEMS[code].status), PROBLEMS[code].title, answeredBy(code)]);
  return `${pageHead('Problems', 'contracts/src/http/problems.ts')}
Every error is \`application/problem+json\` (RFC 9457). Match on \`code\`; \`type\` is the same word as an address, e.g.
\`${problemType('not-found')}\`. \`detail\` says what was wrong this time, \`errors[]\` where (a JSON Pointer into the body, or
\`/query/…\`, \`/path/…\`, \`/header/…\`), and \`instance\` is the request id to give to support. Codes are only ever added.

${table(['code', 'status', 'title', 'answered by'], rows)}
`;
}

function answeredBy(code: ProblemCode): string {
  if (COMMON_PROBLEMS.includes(code)) return 'every operation with a token';
  const by = Object.values(operations).filter((operation) => (operation.problems as readonly ProblemCode[]).includes(code));
  return by.length === 0 ? 'the server, before an operation is found' : by.map((operation) => operation.id).join(', ');
}
