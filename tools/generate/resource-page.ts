import { pageHead, table, wrap } from './markdown.ts';
import { type JsonSchema, rulesOf, type SchemaField, schemaFields } from './schema-fields.ts';

/** As much of a CustomResourceDefinition as the page shows. */
export interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly {
      readonly name: string;
      readonly additionalPrinterColumns?: readonly { readonly name: string; readonly description?: string; readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: JsonSchema };
    }[];
  };
}

/** Every field of a custom resource with its type, default, rules and description, and what `kubectl get` shows. */
export function resourcePage(definition: CustomResourceDefinition, source: string): string {
  const { group, scope, names, versions } = definition.spec;
  const [version] = versions;
  if (version === undefined) throw new Error(`${source} has no version`);
  const schema = version.schema.openAPIV3Schema;
  const fields = schemaFields(schema).filter((field) => !['apiVersion', 'kind', 'metadata'].includes(field.path));
  const columns = (version.additionalPrinterColumns ?? []).map((column) => [
    column.name,
    `\`${column.jsonPath}\``,
    column.description ?? '',
  ]);
  const shortNames = names.shortNames === undefined ? '' : ` Short name: \`${names.shortNames.join('`, `')}\`.`;
  const rules = rulesOf(schema);
  return `${pageHead(names.kind, source)}
\`${group}/${version.name}\`, ${scope === 'Cluster' ? 'cluster-scoped' : 'namespaced'}: \`kubectl get ${names.plural}\`.${shortNames}
${wrap(schema.description ?? '')}
${rules.length === 0 ? '' : `\nRules of the whole object:\n\n${rules.map((rule) => `- ${wrap(rule, '  ')}`).join('\n')}\n`}
## Spec

${fieldList(fields, 'spec')}
${fields.some((field) => field.path === 'status') ? `\n## Status\n\n${fieldList(fields, 'status')}\n` : ''}${
  columns.length === 0 ? '' : `\n## Columns of \`kubectl get\`\n\n${table(['column', 'from', 'meaning'], columns)}\n`
}`;
}

function fieldList(fields: readonly SchemaField[], root: string): string {
  return fields
    .filter((field) => field.path === root || field.path.startsWith(`${root}.`))
    .map((field) => {
      const facts = [
        field.kind,
        field.required ? 'required' : '',
        field.defaultText === undefined ? '' : `default \`${field.defaultText}\``,
      ];
      const rules = field.rules.map((rule) => `Rule: ${rule}.`.replace('..', '.'));
      const text = [field.description, ...rules].filter(Boolean).map((part) => `\n  ${wrap(part, '  ')}`);
      return `- **\`${field.path}\`** ${wrap(facts.filter(Boolean).join(' · '), '  ')}${text.join('')}`;
    })
    .join('\n');
}
