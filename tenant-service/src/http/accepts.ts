const ANSWERS = new Set(['*/*', 'application/*', 'application/json', 'application/problem+json']);

/** Does this Accept header take JSON? Absent means anything; `;q=0` takes a type back. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*' || accept === 'application/json' || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return ANSWERS.has(type ?? '') && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
