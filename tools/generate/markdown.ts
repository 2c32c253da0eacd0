/** The first lines of every generated page. */
export function pageHead(title: string, source: string): string {
  return `<!-- Generated from ${source} by \`npm run generate\`. Do not edit. -->\n\n# ${title}\n`;
}

/** A table with columns as wide as their widest cell, so that it reads as text too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`.trimEnd();
  const [first = [], ...others] = cells;
  return [line(first), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others.map(line)].join('\n');
}

/** Breaks a paragraph at blanks; every line but the first is indented. */
export function wrap(text: string, indent = '', width = 130): string {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (current !== '' && indent.length + current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].join(`\n${indent}`);
}
