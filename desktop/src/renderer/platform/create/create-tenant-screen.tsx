import { Button, Group, Paper, SegmentedControl, Select, Skeleton, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeVerdict } from '../change-verdict.tsx';
import { FailureNote } from '../failure-note.tsx';
import { ScreenFrame } from '../screen-frame.tsx';
import { classesQuery } from '../tenant/tenant-queries.ts';
import { usePlatformView } from '../use-platform-view.ts';
import styles from './create-tenant-screen.module.css';
import { MoreFields } from './more-fields.tsx';
import { SchemaField } from './schema-field.tsx';
import { type SpecSchema, withField } from './spec-schema.ts';
import { manifestOf, NEW_TENANT, type TenantManifest, yamlOf } from './tenant-manifest.ts';

/** A new tenant: a form of the CRD's own schema or YAML, what the API server says of it, then its cockpit, where it becomes Ready. */
export function CreateTenantScreen() {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const navigate = useNavigate();
  const [manifest, setManifest] = useState(NEW_TENANT);
  /** What is typed as YAML; undefined while the form is shown. */
  const [text, setText] = useState<string>();
  const review = useMutation({ mutationFn: (asked: TenantManifest) => access.ask('tenants.previewNew', { manifest: asked }) });
  const create = useMutation({
    mutationFn: (asked: TenantManifest) => access.ask('tenants.create', { manifest: asked }),
    onSuccess: ({ verdict }, { metadata: { name } }) => {
      if (verdict !== 'allowed') return;
      notifications.show({ color: 'green', message: t('create.done', { name }) });
      void navigate({ to: '/platform/tenants/$name', params: { name } });
    },
  });
  const forget = () => {
    review.reset();
    create.reset();
  };
  const edit = (next: TenantManifest) => {
    setManifest(next);
    forget();
  };
  const written = text === undefined ? manifest : manifestOf(text);
  const problem = 'problem' in written ? written.problem : undefined;
  const asked = 'problem' in written ? undefined : written;
  const isMissing = asked === undefined || asked.metadata.name === '' || asked.spec.classRef === undefined;
  const preview = create.data ?? review.data;
  return (
    <ScreenFrame
      title={t('create.title')}
      description={
        <Text size="sm" c="dimmed">
          {t('create.what')}
        </Text>
      }
    >
      <Group align="flex-start" gap="lg">
        <Stack gap="md" flex="1 1 440px" maw={720}>
          <SegmentedControl
            aria-label={t('create.way')}
            value={text === undefined ? 'form' : 'yaml'}
            // The kit draws even `disabled={false}` as disabled.
            {...(problem === undefined ? {} : { disabled: true })}
            data={[
              { value: 'form', label: t('create.form') },
              { value: 'yaml', label: 'YAML' },
            ]}
            onChange={(way) => {
              if (asked !== undefined) setManifest(asked);
              setText(way === 'yaml' ? yamlOf(asked ?? manifest) : undefined);
            }}
          />
          {text === undefined ? (
            <Form manifest={manifest} onChange={edit} />
          ) : (
            <Textarea
              label="YAML"
              autosize
              minRows={14}
              spellCheck={false}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              value={text}
              error={problem}
              onChange={(event) => {
                setText(event.currentTarget.value);
                forget();
              }}
            />
          )}
        </Stack>
        <Paper component="section" aria-label={t('create.verdict')} withBorder p="md" flex="1 1 340px" maw={520} className={styles.verdict}>
          <Stack gap="md">
            <Title order={2} size="h5">
              {t('create.verdict')}
            </Title>
            {(review.error ?? create.error) !== null && <FailureNote error={review.error ?? create.error} />}
            {preview === undefined ? (
              <Text size="sm" c="dimmed">
                {t(isMissing ? 'create.needs' : 'create.notAsked')}
              </Text>
            ) : (
              <ChangeVerdict preview={preview} />
            )}
            <Group justify="flex-end">
              <Button variant="default" disabled={isMissing} loading={review.isPending} onClick={() => asked && review.mutate(asked)}>
                {t('create.review')}
              </Button>
              <Button
                disabled={isMissing || review.data?.verdict !== 'allowed'}
                loading={create.isPending}
                onClick={() => asked && create.mutate(asked)}
              >
                {t('create.create')}
              </Button>
            </Group>
          </Stack>
        </Paper>
      </Group>
    </ScreenFrame>
  );
}

function Form({ manifest, onChange }: { readonly manifest: TenantManifest; readonly onChange: (manifest: TenantManifest) => void }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const { data: classes = [] } = useQuery(classesQuery(access));
  const { data, error, refetch } = useQuery({
    queryKey: ['platform', 'schema'],
    queryFn: () => access.ask('tenants.schema', undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <FailureNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={400} role="img" aria-label={t('create.reading')} />;
  const schema = data as SpecSchema;
  const { spec, metadata } = manifest;
  const chosen = (spec.classRef as { readonly name?: string } | undefined)?.name;
  const set = (path: readonly string[]) => (value: unknown) => onChange({ ...manifest, spec: withField(spec, path, value) });
  const description = classes.find(({ name }) => name === chosen)?.spec.description;
  return (
    <Stack gap="md">
      <TextInput
        label={t('create.name')}
        description={t('create.nameHint')}
        required
        autoComplete="off"
        spellCheck={false}
        maxLength={40}
        value={metadata.name}
        onChange={(event) => onChange({ ...manifest, metadata: { ...metadata, name: event.currentTarget.value } })}
      />
      {schema.properties?.displayName !== undefined && (
        <SchemaField
          name="displayName"
          schema={schema.properties.displayName}
          value={spec.displayName}
          required={false}
          onChange={set(['displayName'])}
        />
      )}
      <Select
        label={t('column.class')}
        required
        searchable
        data={classes.map(({ name }) => name)}
        value={chosen ?? null}
        onChange={(name) => set(['classRef', 'name'])(name ?? undefined)}
        {...(description === undefined ? {} : { description })}
      />
      <MoreFields schema={schema} spec={spec} onChange={(name, value) => set([name])(value)} />
    </Stack>
  );
}
