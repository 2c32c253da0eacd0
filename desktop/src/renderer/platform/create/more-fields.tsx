import { Accordion, Badge, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SchemaField, SchemaFields } from './schema-field.tsx';
import { labelOf, type SpecSchema } from './spec-schema.ts';

/** Fields with a place of their own above the rest. */
const BASICS = ['displayName', 'classRef'];

interface MoreFieldsProps {
  readonly schema: SpecSchema;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly onChange: (name: string, value: unknown) => void;
}

/** What a tenant may be given beside a name and a class, folded away: nobody has to read it to make one. */
export function MoreFields({ schema, spec, onChange }: MoreFieldsProps) {
  const { t } = useTranslation('platform');
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => !BASICS.includes(name));
  const single = fields.filter(([, { properties, type }]) => properties === undefined && type !== 'array');
  const grouped = fields.filter((field) => !single.includes(field));
  const isSet = (name: string) => spec[name] !== undefined;
  return (
    <Accordion multiple variant="contained" order={2}>
      <Accordion.Item value=".general">
        <Section label={t('create.general')} isSet={single.some(([name]) => isSet(name))} />
        <Accordion.Panel>
          <Stack gap="sm">
            {single.map(([name, below]) => (
              <SchemaField
                key={name}
                name={name}
                schema={below}
                value={spec[name]}
                required={false}
                onChange={(value) => onChange(name, value)}
              />
            ))}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
      {grouped.map(([name, below]) => (
        <Accordion.Item key={name} value={name}>
          <Section label={labelOf(name)} isSet={isSet(name)} />
          <Accordion.Panel>
            <SchemaFields name={name} schema={below} value={spec[name]} required={false} onChange={(value) => onChange(name, value)} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Section({ label, isSet }: { readonly label: string; readonly isSet: boolean }) {
  const { t } = useTranslation('platform');
  return (
    <Accordion.Control>
      <Group gap="xs">
        {label}
        {isSet && (
          <Badge size="sm" variant="light">
            {t('create.changed')}
          </Badge>
        )}
      </Group>
    </Accordion.Control>
  );
}
