import { Button, Group, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { NewCustomer, ProblemError } from '@tenantry/contracts';
import { useRef } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { CustomerFields } from '../customer/customer-fields.tsx';
import {
  type CustomerFormValues,
  customerResolver,
  EMPTY_CUSTOMER,
  placeProblems,
  typedCustomer,
} from '../customer/customer-form-values.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';

/** A new customer. The same key is sent however often the person presses the button, so that there is one. */
export function NewCustomerDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const key = useRef(crypto.randomUUID());
  const form = useForm<CustomerFormValues>({ defaultValues: EMPTY_CUSTOMER, resolver: customerResolver });
  const create = useMutation({
    mutationFn: async (values: CustomerFormValues) =>
      (await client.createCustomer({ body: NewCustomer.parse(typedCustomer(values)), idempotencyKey: key.current })).data,
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] });
      void navigate({ to: '/tenants/$tenant/customers/$customerId', params: { tenant, customerId: id } });
    },
    onError: (error) => {
      placeProblems(error, form.setError);
      // What was refused was not done, so what is sent next is another request; what got no answer may have been done.
      if (error instanceof ProblemError) key.current = crypto.randomUUID();
    },
  });
  return (
    <Dialog onClose={onClose} title={t('customers.new')} size="lg">
      <form noValidate onSubmit={(event) => void form.handleSubmit((values) => create.mutate(values))(event)}>
        <Stack>
          <CustomerFields form={form} />
          {create.isError && <ProblemNotice error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" loading={create.isPending}>
                {t('customers.create')}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
