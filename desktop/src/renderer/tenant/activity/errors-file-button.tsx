import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { FileWarning } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { saveFile } from '../../kit/save-file.ts';

/** The refused rows of an import with what is wrong with each, as a file to correct and import again. */
export function ErrorsFileButton({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  const { client } = useTenantApi();
  const download = useMutation({
    mutationFn: async () => {
      const { data } = await client.importErrors({ params: { id } });
      saveFile(`import-${id.slice(0, 8)}-errors.csv`, await new Response(data).blob());
    },
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
  });
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<FileWarning aria-hidden size={14} />}
      loading={download.isPending}
      onClick={() => download.mutate()}
    >
      {t('import.errorsFile')}
    </Button>
  );
}
