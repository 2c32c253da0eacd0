import { ActionIcon, Button, Fieldset, Group, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { Controller, type UseFormReturn, useFieldArray } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import type { CustomerFormValues } from './customer-form-values.ts';

/** The fields of a customer, new or changed. */
export function CustomerFields({ form }: { readonly form: UseFormReturn<CustomerFormValues> }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const tags = useQuery({
    queryKey: ['tenant', tenant, 'tags'],
    queryFn: async ({ signal }) => (await client.listTags({ signal })).data.items,
  });
  const { register, control, formState } = form;
  const error = (field: keyof CustomerFormValues) => formState.errors[field]?.message ?? null;
  return (
    <Stack gap="sm">
      <TextInput label={t('customer.fields.name')} required maxLength={300} data-autofocus error={error('name')} {...register('name')} />
      <SimpleGrid cols={2} spacing="sm">
        <TextInput label={t('customer.fields.email')} type="email" error={error('email')} {...register('email')} />
        <TextInput
          label={t('customer.fields.phone')}
          type="tel"
          placeholder="+49 30 123456"
          error={error('phone')}
          {...register('phone')}
        />
        <TextInput label={t('customer.fields.externalId')} error={error('externalId')} {...register('externalId')} />
        <TextInput label={t('customer.fields.segment')} error={error('segment')} {...register('segment')} />
        <Controller
          control={control}
          name="status"
          render={({ field }) => (
            <Select
              label={t('customer.fields.status')}
              data={(['active', 'inactive', 'blocked'] as const).map((value) => ({ value, label: t(`customer.status.${value}`) }))}
              allowDeselect={false}
              error={error('status')}
              {...field}
            />
          )}
        />
        <Controller
          control={control}
          name="tags"
          render={({ field }) => (
            <TagsInput
              label={t('customer.fields.tags')}
              data={(tags.data ?? []).map(({ tag }) => tag)}
              maxTags={50}
              splitChars={[]}
              acceptValueOnBlur
              error={error('tags')}
              {...field}
            />
          )}
        />
      </SimpleGrid>
      <Attributes form={form} />
    </Stack>
  );
}

function Attributes({ form }: { readonly form: UseFormReturn<CustomerFormValues> }) {
  const { t } = useTranslation('tenant');
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'attributes' });
  const message = form.formState.errors.attributes?.message;
  return (
    <Fieldset legend={t('customer.fields.attributes')}>
      <Stack gap="xs">
        {fields.map((field, at) => (
          <Group key={field.id} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              aria-label={t('customer.attributeKey', { count: at + 1 })}
              placeholder={t('customer.attributeKeyPlaceholder')}
              {...form.register(`attributes.${at}.key`)}
            />
            <TextInput
              flex={2}
              aria-label={t('customer.attributeValue', { count: at + 1 })}
              placeholder={t('customer.attributeValuePlaceholder')}
              {...form.register(`attributes.${at}.value`)}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('customer.attributeRemove', { count: at + 1 })}
              onClick={() => remove(at)}
            >
              <X aria-hidden size={16} />
            </ActionIcon>
          </Group>
        ))}
        {message !== undefined && <span role="alert">{message}</span>}
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus aria-hidden size={14} />}
          onClick={() => append({ key: '', value: '' })}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('customer.attributeAdd')}
        </Button>
      </Stack>
    </Fieldset>
  );
}
