import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { NewCustomer } from '@tenantry/contracts';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { CustomerFields } from '../customer/customer-fields.tsx';
import {
  type CustomerFormValues,
  customerResolver,
  EMPTY_CUSTOMER,
  placeProblems,
  typedCustomer,
} from '../customer/customer-form-values.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';

/** A new customer. The same key is sent however often the person presses the button, so that there is one. */
export function NewCustomerDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const key = useIdempotencyKey();
  const form = useForm<CustomerFormValues>({ defaultValues: EMPTY_CUSTOMER, resolver: customerResolver });
  const create = useMutation({
    mutationFn: async (values: CustomerFormValues) =>
      (await client.createCustomer({ body: NewCustomer.parse(typedCustomer(values)), idempotencyKey: key.value })).data,
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] });
      void navigate({ to: '/tenants/$tenant/customers/$customerId', params: { tenant, customerId: id } });
    },
    onError: (error) => {
      placeProblems(error, form.setError);
      key.failed(error);
    },
  });
  return (
    <FormDialog
      onClose={onClose}
      title={t('customers.new')}
      size="lg"
      submit={t('customers.create')}
      action={create}
      noValidate
      onSubmit={() => void form.handleSubmit((values) => create.mutate(values))()}
    >
      <CustomerFields form={form} />
    </FormDialog>
  );
}
