import { ActionIcon, Code, CopyButton, Group, List, Text, Tooltip } from '@mantine/core';
import { ProblemError } from '@tenantry/contracts';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FailureAlert } from '../../kit/failure-alert.tsx';

/** What went wrong, in the API's own words, with the id support asks for and a way to try again. */
export function ProblemNotice({
  error,
  onRetry,
  title,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
}) {
  const { t } = useTranslation('tenant');
  const problem = error instanceof ProblemError ? error.problem : undefined;
  return (
    <FailureAlert
      title={title ?? problem?.title ?? t('problem.unreachable')}
      detail={problem === undefined ? t('problem.unreachableDetail') : problem.detail}
      onRetry={onRetry}
      aside={problem === undefined || problem.instance === '' ? undefined : <TraceId id={problem.instance} />}
    >
      {problem?.errors !== undefined && (
        <List size="sm">
          {problem.errors.map(({ pointer, detail }) => (
            <List.Item key={`${pointer} ${detail}`}>
              <Code>{pointer}</Code> {detail}
            </List.Item>
          ))}
        </List>
      )}
    </FailureAlert>
  );
}

/** The request id of an answer, to be copied into a mail to support. */
function TraceId({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  return (
    <Group gap={4}>
      <Text size="xs">
        {t('problem.traceId')} <Code>{id}</Code>
      </Text>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('problem.copied') : t('problem.copy')}>
            <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t('problem.copy')}>
              {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
