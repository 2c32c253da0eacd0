import { Button, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { customerKey, useCustomerHistory } from './customer-queries.ts';

/** A customer that is not there: deleted, which can be undone, or never was. */
export function DeletedCustomer({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const mayRestore = useMay('restoreCustomer');
  const history = useCustomerHistory(id);
  const restore = useMutation({
    mutationFn: () => client.restoreCustomer({ params: { id }, idempotencyKey: crypto.randomUUID() }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] });
      return queries.invalidateQueries({ queryKey: customerKey(tenant, id) });
    },
  });
  const wasThere = history.data?.pages[0]?.items[0]?.change === 'deleted';
  return (
    <Stack>
      <EmptyNotice
        title={wasThere ? t('customer.isDeleted') : t('customer.unknown')}
        hint={wasThere ? t('customer.isDeletedHint') : t('customer.unknownHint')}
      >
        {wasThere && mayRestore && (
          <Writing>
            <Button loading={restore.isPending} onClick={() => restore.mutate()}>
              {t('customer.restore')}
            </Button>
          </Writing>
        )}
      </EmptyNotice>
      {restore.isError && <ProblemNotice error={restore.error} />}
    </Stack>
  );
}
