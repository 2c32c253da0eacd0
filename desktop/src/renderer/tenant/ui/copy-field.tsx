import { ActionIcon, CopyButton, TextInput, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';

/** A value that is there to be copied: it can be selected, and a button takes all of it. */
export function CopyField({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useTranslation('tenant');
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <TextInput
          label={label}
          value={value}
          readOnly
          dir="ltr"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onFocus={(event) => event.currentTarget.select()}
          rightSection={
            <Tooltip label={t(copied ? 'problem.copied' : 'secret.copy')}>
              <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={t('secret.copyNamed', { name: label })}>
                {copied ? <Check aria-hidden size={16} /> : <Copy aria-hidden size={16} />}
              </ActionIcon>
            </Tooltip>
          }
        />
      )}
    </CopyButton>
  );
}
