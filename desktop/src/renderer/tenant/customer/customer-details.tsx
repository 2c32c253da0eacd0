import { Alert, Badge, Button, Card, Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { Customer } from '@tenantry/contracts';
import { type ReactNode, useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { type TenantApi, useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { undoTimeMs } from '../ui/undo-time.ts';
import { CustomerFields } from './customer-fields.tsx';
import {
  attributeText,
  type CustomerFormValues,
  customerResolver,
  formValues,
  formValuesOf,
  placeProblems,
  typedCustomer,
} from './customer-form-values.ts';
import type { ReadCustomer } from './customer-queries.ts';
import { MergeDialog } from './merge-dialog.tsx';
import { type EditableCustomer, editableOf } from './three-way-merge.ts';
import { type Collision, useSaveCustomer } from './use-save-customer.ts';

interface CustomerDetailsProps {
  readonly read: ReadCustomer;
  readonly editing: boolean;
  readonly onDone: () => void;
}

/** The customer's fields, to be read or changed. */
export function CustomerDetails({ read, editing, onDone }: CustomerDetailsProps) {
  return editing ? <EditCustomer read={read} onDone={onDone} /> : <ShowCustomer customer={read.customer} />;
}

function EditCustomer({ read, onDone }: Omit<CustomerDetailsProps, 'editing'>) {
  const { t } = useTranslation('tenant');
  const api = useTenantApi();
  // What the person began with stays what the change is made from, whatever arrives meanwhile.
  const [from, setFrom] = useState(read);
  const [collision, setCollision] = useState<Collision>();
  const form = useForm<CustomerFormValues>({ defaultValues: formValuesOf(read.customer), resolver: customerResolver });
  // Who asked to edit begins to type.
  useEffect(() => form.setFocus('name'), [form.setFocus]);
  const save = useSaveCustomer(api, read.customer.id, {
    onSaved: ({ before, after }) => {
      onDone();
      if (before.etag === after.etag) return;
      const undo = notifications.show({
        title: t('customer.saved'),
        autoClose: undoTimeMs,
        message: (
          <UndoButton
            api={api}
            id={read.customer.id}
            from={after}
            to={editableOf(before.customer)}
            onUndone={() => notifications.hide(undo)}
          />
        ),
      });
    },
    onCollision: setCollision,
  });
  const send = (start: ReadCustomer, to: EditableCustomer) =>
    save.mutate({ from: start, to }, { onError: (error) => void placeProblems(error, form.setError) });
  const changedMeanwhile = read.customer.version > from.customer.version && !save.isPending && collision === undefined;
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((values) => send(from, typedCustomer(values)))(event)}>
      <Stack maw={760}>
        {changedMeanwhile && (
          <Alert color="orange" title={t('customer.changedMeanwhile')}>
            {t('customer.changedMeanwhileHint')}
          </Alert>
        )}
        <CustomerFields form={form} />
        {save.isError && <ProblemNotice error={save.error} />}
        <Group>
          <Writing>
            <Button type="submit" loading={save.isPending}>
              {t('save')}
            </Button>
          </Writing>
          <Button variant="default" onClick={onDone}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
      {collision !== undefined && (
        <MergeDialog
          collision={collision}
          saving={save.isPending}
          onBack={() => setCollision(undefined)}
          onMerged={(merged) => {
            const theirs = { customer: collision.theirs, etag: collision.etag };
            setCollision(undefined);
            setFrom(theirs);
            form.reset(formValues(merged), { keepDefaultValues: true });
            send(theirs, merged);
          }}
        />
      )}
    </form>
  );
}

/** Puts a saved change back as a change of its own. */
function UndoButton(props: {
  readonly api: TenantApi;
  readonly id: string;
  readonly from: ReadCustomer;
  readonly to: EditableCustomer;
  readonly onUndone: () => void;
}) {
  const { t } = useTranslation('tenant');
  const undo = useSaveCustomer(props.api, props.id, {
    onSaved: () => {
      props.onUndone();
      notifications.show({ message: t('customer.undone') });
    },
    onCollision: () => notifications.show({ color: 'orange', message: t('customer.undoTooLate') }),
  });
  return (
    <Writing>
      <Button size="compact-sm" variant="default" loading={undo.isPending} onClick={() => undo.mutate({ from: props.from, to: props.to })}>
        {t('undo')}
      </Button>
    </Writing>
  );
}

function ShowCustomer({ customer }: { readonly customer: Customer }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const attributes = Object.entries(customer.attributes);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Card withBorder>
        <Facts
          facts={[
            [t('customer.fields.name'), customer.name],
            [t('customer.fields.email'), customer.email],
            [t('customer.fields.phone'), customer.phone],
            [t('customer.fields.externalId'), customer.externalId],
            [t('customer.fields.segment'), customer.segment],
            [
              t('customer.fields.tags'),
              customer.tags.length === 0 ? null : (
                <Group gap={4} key="tags">
                  {customer.tags.map((tag) => (
                    <Badge key={tag} variant="default" tt="none">
                      {tag}
                    </Badge>
                  ))}
                </Group>
              ),
            ],
          ]}
        />
      </Card>
      <Stack>
        <Card withBorder>
          <Facts
            facts={[
              [t('customer.fields.createdAt'), format.instant(customer.createdAt)],
              [t('customer.fields.updatedAt'), format.instant(customer.updatedAt)],
              [t('customer.fields.version'), String(customer.version)],
            ]}
          />
        </Card>
        <Card withBorder>
          <Text fw={600} size="sm" mb="xs">
            {t('customer.fields.attributes')}
          </Text>
          {attributes.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('customer.noAttributes')}
            </Text>
          ) : (
            <Facts
              facts={attributes.map(([key, value]) => [
                key,
                typeof value === 'object' ? <Code key={key}>{attributeText(value)}</Code> : attributeText(value),
              ])}
            />
          )}
        </Card>
      </Stack>
    </SimpleGrid>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl style={{ display: 'grid', gridTemplateColumns: 'minmax(120px, auto) 1fr', gap: '8px 16px', margin: 0 }}>
      {facts.map(([label, value]) => (
        <div key={label} style={{ display: 'contents' }}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
            {value === null || value === '' ? '–' : value}
          </Text>
        </div>
      ))}
    </dl>
  );
}
