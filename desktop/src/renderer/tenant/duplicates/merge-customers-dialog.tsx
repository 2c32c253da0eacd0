import { Button, Group, Radio, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Customer, DuplicatePair, MergeRequest } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { isSame } from '../customer/three-way-merge.ts';
import { offerUndo } from '../ui/offer-undo.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

/** Fields of which one value survives. Tags are united and attributes added without asking. */
const CHOSEN_FIELDS = ['name', 'email', 'phone', 'externalId', 'status', 'segment'] as const;

/** Two customers become one: which stays, and which values it has. It can be undone. */
export function MergeCustomersDialog({ pair, onClose }: { readonly pair: DuplicatePair; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const [one, other] = pair.customers as [Customer, Customer];
  // The older one has the longer history and is known elsewhere: it stays unless the person says otherwise.
  const [survivorId, setSurvivorId] = useState(one.createdAt < other.createdAt ? one.id : other.id);
  const [take, setTake] = useState<readonly (typeof CHOSEN_FIELDS)[number][]>([]);
  const [survivor, gone] = survivorId === one.id ? [one, other] : [other, one];
  const differing = CHOSEN_FIELDS.filter((field) => !isSame(survivor[field], gone[field]) && gone[field] !== null);
  const refresh = () => queries.invalidateQueries({ queryKey: ['tenant', tenant] });
  const undo = async (id: string) => {
    await client.undoMerge({ params: { id }, idempotencyKey: crypto.randomUUID() });
    await refresh();
    notifications.show({ message: t('duplicates.undone') });
  };
  const merge = useMutation({
    mutationFn: async () => {
      const body: MergeRequest = { from: gone.id, fromVersion: gone.version, take: [...take] };
      return (
        await client.mergeCustomer({
          params: { id: survivor.id },
          body,
          ifMatch: `"${survivor.version}"`,
          idempotencyKey: crypto.randomUUID(),
        })
      ).data;
    },
    onSuccess: ({ id }) => {
      void refresh();
      onClose();
      offerUndo({ done: t('duplicates.merged', { name: survivor.name }), undo: t('undo'), failed: t('duplicates.notUndone') }, () =>
        undo(id),
      );
    },
  });
  return (
    <Dialog onClose={onClose} size="lg" title={t('duplicates.merge')}>
      <Stack>
        <Radio.Group
          label={t('duplicates.stays')}
          value={survivorId}
          onChange={(id) => {
            setSurvivorId(id);
            setTake([]);
          }}
        >
          <Stack gap={4} mt={4}>
            {[one, other].map((customer) => (
              <Radio key={customer.id} value={customer.id} label={`${customer.name} · ${customer.id}`} />
            ))}
          </Stack>
        </Radio.Group>
        {differing.length > 0 && (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('merge3.field')}</Table.Th>
                <Table.Th>{t('duplicates.whatStays')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {differing.map((field) => (
                <Table.Tr key={field}>
                  <Table.Th scope="row">{t(`customer.fields.${field}`)}</Table.Th>
                  <Table.Td>
                    <Radio.Group
                      aria-label={t(`customer.fields.${field}`)}
                      value={take.includes(field) || survivor[field] === null ? 'gone' : 'survivor'}
                      onChange={(value) => setTake(value === 'gone' ? [...take, field] : take.filter((name) => name !== field))}
                    >
                      <Group>
                        {survivor[field] !== null && <Radio value="survivor" label={String(survivor[field])} />}
                        <Radio value="gone" label={String(gone[field])} />
                      </Group>
                    </Radio.Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Text size="sm" c="dimmed">
          {t('duplicates.mergeHint')}
        </Text>
        {merge.isError && <ProblemNotice error={merge.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Writing>
            <Button loading={merge.isPending} onClick={() => merge.mutate()}>
              {t('duplicates.merge')}
            </Button>
          </Writing>
        </Group>
      </Stack>
    </Dialog>
  );
}
