import { Button, Fieldset, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { labelOf, type SpecSchema, textProblem, withField } from './spec-schema.ts';

interface SchemaFieldProps {
  readonly name: string;
  readonly schema: SpecSchema;
  readonly value: unknown;
  readonly required: boolean;
  /** Undefined takes the field away: then the server's default counts. */
  readonly onChange: (value: unknown) => void;
}

/** A field of a form as its schema wants it: what the CRD learns tomorrow is here without a change. */
export function SchemaField(props: SchemaFieldProps) {
  const { t } = useTranslation('platform');
  const { name, schema, value, required, onChange } = props;
  if (schema.properties !== undefined || schema.type === 'array')
    return (
      <Fieldset legend={labelOf(name)}>
        <SchemaFields {...props} />
      </Fieldset>
    );
  const unset = schema.default === undefined ? t('create.unset') : t('create.default', { value: JSON.stringify(schema.default) });
  const words = { label: labelOf(name), required, ...(schema.description === undefined ? {} : { description: schema.description }) };
  if (schema.type === 'boolean' || schema.enum !== undefined)
    return (
      <Select
        {...words}
        data={[...(schema.enum ?? ['true', 'false'])]}
        value={value === undefined ? null : `${value}`}
        placeholder={unset}
        clearable={!required}
        onChange={(chosen) => onChange(chosen === null ? undefined : schema.type === 'boolean' ? chosen === 'true' : chosen)}
      />
    );
  if (schema.type === 'integer')
    return (
      <NumberInput
        {...words}
        value={typeof value === 'number' ? value : ''}
        placeholder={unset}
        allowDecimal={false}
        {...(schema.minimum === undefined ? {} : { min: schema.minimum })}
        {...(schema.maximum === undefined ? {} : { max: schema.maximum })}
        onChange={(typed) => onChange(typeof typed === 'number' ? typed : undefined)}
      />
    );
  const problem = typeof value === 'string' ? textProblem(schema, value) : undefined;
  return (
    <TextInput
      {...words}
      value={typeof value === 'string' ? value : ''}
      placeholder={unset}
      error={problem === undefined ? undefined : t(`create.${problem}`, { least: schema.minLength ?? 0, most: schema.maxLength ?? 0 })}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
    />
  );
}

/** What an object or a list has, without a frame around it. */
export function SchemaFields(props: SchemaFieldProps) {
  return props.schema.type === 'array' ? <Items {...props} /> : <Properties {...props} />;
}

function Properties({ schema, value, onChange }: SchemaFieldProps) {
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    <Stack gap="sm">
      {Object.entries(schema.properties ?? {}).map(([key, below]) => (
        <SchemaField
          key={key}
          name={key}
          schema={below}
          value={object[key]}
          required={schema.required?.includes(key) ?? false}
          onChange={(next) => {
            const changed = withField(object, [key], next);
            onChange(Object.keys(changed).length === 0 ? undefined : changed);
          }}
        />
      ))}
    </Stack>
  );
}

function Items({ name, schema, value, onChange }: SchemaFieldProps) {
  const { t } = useTranslation('platform');
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const { items: item = {} } = schema;
  const change = (next: readonly unknown[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <Stack gap="sm" align="stretch">
      {items.map((each, index) => (
        // Items have no identity of their own; what is typed belongs to the place.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Stack key={index} gap={4}>
          <SchemaField
            name={`${labelOf(name)} ${index + 1}`}
            schema={item}
            value={each}
            required
            onChange={(next) => change(items.map((other, place) => (place === index ? (next ?? {}) : other)))}
          />
          <Group justify="flex-end">
            <Button
              size="xs"
              variant="subtle"
              color="gray"
              leftSection={<Trash2 aria-hidden size={14} />}
              onClick={() => change(items.filter((_, place) => place !== index))}
            >
              {t('create.removeItem', { name: labelOf(name), number: index + 1 })}
            </Button>
          </Group>
        </Stack>
      ))}
      <Group>
        <Button size="xs" variant="default" leftSection={<Plus aria-hidden size={14} />} onClick={() => change([...items, {}])}>
          {t('create.addItem', { name: labelOf(name) })}
        </Button>
      </Group>
    </Stack>
  );
}
