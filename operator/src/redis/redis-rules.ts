/**
 * The commands that rules come to: Redis writes rules back in another form and order than it was given (7.0 finds categories of its own, later
 * ones keep the text), so rules are compared by what they allow. `+@all` is the one word `@all`.
 */
export function commandsOf(rules: readonly string[], categories: ReadonlyMap<string, readonly string[]>): Set<string> {
  const allowed = new Set<string>();
  for (const rule of rules) {
    const name = rule.slice(1).toLowerCase();
    const isAllow = rule.startsWith('+');
    if (name === '@all') {
      allowed.clear();
      if (isAllow) allowed.add(name);
      continue;
    }
    for (const command of name.startsWith('@') ? (categories.get(name.slice(1)) ?? [name]) : [name]) {
      if (isAllow) allowed.add(command);
      else allowed.delete(command);
    }
  }
  return allowed;
}
