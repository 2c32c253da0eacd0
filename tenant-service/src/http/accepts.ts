const JSON_TYPES = ['application/json', 'application/problem+json'];

/** Does this Accept header take JSON, or one of `others`? Absent means anything; `;q=0` takes a type back. */
export function accepts(accept: string | undefined, others: readonly string[] = []): boolean {
  if (accept === undefined || accept === '*/*' || accept === 'application/json' || accept.trim() === '') return true;
  const answers = [...JSON_TYPES, ...others];
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) return false;
    return type === '*/*' || answers.includes(type) || answers.some((answer) => type === `${answer.split('/')[0]}/*`);
  });
}
