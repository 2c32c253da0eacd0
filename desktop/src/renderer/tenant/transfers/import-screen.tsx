import { Alert, Button, Code, FileInput, Group, Loader, Radio, Select, Stack, Stepper, Table, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { IMPORT_BYTES_MAX, type ImportResult, type LongOperation, type TransferResource } from '@tenantry/contracts';
import { FileUp } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';

import { ErrorsFileButton } from '../activity/errors-file-button.tsx';
import { ImportCounts } from '../activity/operation-card.tsx';
import { OperationProgress } from '../activity/operation-progress.tsx';
import { isUnderWay, operationsKey, useOperation } from '../activity/operation-queries.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { type ImportPlan, importQuery, openSample, rememberMapping, utf8File } from './import-plan.ts';
import { MappingStep } from './mapping-step.tsx';
import { SampleStep } from './sample-step.tsx';

const route = getRouteApi('/tenants/$tenant/import');

/** A file comes in, step by step: what it is, how it is read, which column is what, a rehearsal, and then for real. */
export function ImportScreen() {
  const { t } = useTranslation('tenant');
  const { tenant } = route.useParams();
  const { client } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  const [step, setStep] = useState(0);
  const [resource, setResource] = useState<TransferResource>('customers');
  const [plan, setPlan] = useState<ImportPlan>();
  const [runs, setRuns] = useState<{ readonly dry?: string; readonly real?: string }>({});
  const open = useMutation({
    mutationFn: (file: File) => openSample(file, resource, tenant),
    onSuccess: (opened) => {
      setPlan(opened);
      setRuns({});
    },
  });
  const send = useMutation({
    mutationFn: async ({ asked, dryRun }: { asked: ImportPlan; dryRun: boolean }) => {
      const { data } = await client.createImport({
        query: importQuery(asked, dryRun),
        body: await utf8File(asked),
        contentType: asked.format === 'csv' ? 'text/csv' : 'application/x-ndjson',
        idempotencyKey: crypto.randomUUID(),
      });
      return { id: data.id, dryRun, asked };
    },
    onSuccess: ({ id, dryRun, asked }) => {
      rememberMapping(tenant, asked);
      setRuns(dryRun ? { dry: id } : { ...runs, real: id });
      setStep(dryRun ? 3 : 4);
      void queries.invalidateQueries({ queryKey: operationsKey(tenant) });
    },
  });
  const tooLarge = plan !== undefined && plan.file.size > IMPORT_BYTES_MAX;
  const again = () => {
    setPlan(undefined);
    setRuns({});
    setStep(0);
  };
  return (
    <Screen
      title={t('import.title')}
      description={
        <Link to="/tenants/$tenant/customers" params={{ tenant }}>
          {t('customer.backToList')}
        </Link>
      }
    >
      <Stepper
        active={step}
        size="sm"
        allowNextStepsSelect={false}
        onStepClick={(to) => runs.real === undefined && to < step && setStep(to)}
        maw={1000}
      >
        <Stepper.Step label={t('import.steps.file')}>
          <Stack pt="md" maw={560}>
            <Radio.Group label={t('import.what')} value={resource} onChange={(value) => setResource(value as TransferResource)}>
              <Group mt={4}>
                {(['customers', 'accounts', 'transactions'] as const).map((name) => (
                  <Radio key={name} value={name} label={t(`import.resources.${name}`)} />
                ))}
              </Group>
            </Radio.Group>
            <FileInput
              label={t('import.file')}
              description={t('import.fileHint', { size: format.bytes(IMPORT_BYTES_MAX) })}
              placeholder={t('import.choose')}
              leftSection={<FileUp aria-hidden size={16} />}
              accept=".csv,.txt,.tsv,.ndjson,.jsonl,text/csv,application/x-ndjson"
              value={plan?.file ?? null}
              onChange={(file) => (file === null ? setPlan(undefined) : open.mutate(file))}
              error={tooLarge ? t('import.tooLarge') : null}
            />
            {open.isPending && <Loader size="sm" role="img" aria-label={t('loading')} />}
            {open.isError && <ProblemNotice error={open.error} title={t('import.unreadable')} />}
            <Steps
              onNext={() => setStep(plan?.format === 'ndjson' ? 2 : 1)}
              disabled={plan === undefined || tooLarge || plan.resource !== resource}
            />
          </Stack>
        </Stepper.Step>
        <Stepper.Step label={t('import.steps.read')}>
          {plan !== undefined && (
            <StepPanel key="read">
              <SampleStep plan={plan} onChange={setPlan} />
              <Steps onBack={() => setStep(0)} onNext={() => setStep(2)} disabled={plan.rows.length < 2} />
            </StepPanel>
          )}
        </Stepper.Step>
        <Stepper.Step label={t('import.steps.mapping')}>
          {plan !== undefined && (
            <StepPanel key="mapping">
              <MappingStep plan={plan} onChange={setPlan} />
              <Conflicts plan={plan} onChange={setPlan} />
              {send.isError && <ProblemNotice error={send.error} />}
              <Steps
                onBack={() => setStep(plan.format === 'ndjson' ? 0 : 1)}
                onNext={() => send.mutate({ asked: plan, dryRun: true })}
                label={t('import.rehearse')}
                loading={send.isPending}
              />
            </StepPanel>
          )}
        </Stepper.Step>
        <Stepper.Step label={t('import.steps.rehearsal')}>
          {plan !== undefined && runs.dry !== undefined && (
            <StepPanel key="rehearsal">
              <Run id={runs.dry}>
                {(result) => (
                  <>
                    <Alert
                      color={result.failed > 0 ? 'orange' : 'teal'}
                      title={result.failed > 0 ? t('import.someWrong') : t('import.allRight')}
                    >
                      <ImportCounts result={result} />
                    </Alert>
                    <FirstErrors result={result} id={runs.dry ?? ''} />
                    {send.isError && <ProblemNotice error={send.error} />}
                    <Steps
                      onBack={() => setStep(2)}
                      onNext={() => send.mutate({ asked: plan, dryRun: false })}
                      label={t('import.run', { number: format.number(result.created + result.updated) })}
                      loading={send.isPending}
                      disabled={result.created + result.updated === 0}
                    />
                  </>
                )}
              </Run>
            </StepPanel>
          )}
        </Stepper.Step>
        <Stepper.Step label={t('import.steps.run')}>
          {runs.real !== undefined && (
            <StepPanel key="run">
              <Run id={runs.real}>
                {(result) => (
                  <>
                    <Alert color={result.failed > 0 ? 'orange' : 'teal'} title={t('import.done')}>
                      <ImportCounts result={result} />
                    </Alert>
                    <FirstErrors result={result} id={runs.real ?? ''} />
                    <Group>
                      <Button onClick={again}>{t('import.another')}</Button>
                    </Group>
                  </>
                )}
              </Run>
            </StepPanel>
          )}
        </Stepper.Step>
      </Stepper>
    </Screen>
  );
}

/** What a step shows. With the step before it what had the focus is gone: reading goes on here. */
function StepPanel({ children }: { readonly children: ReactNode }) {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) panel.current?.focus();
  }, []);
  return (
    <Stack pt="md" ref={panel} tabIndex={-1}>
      {children}
    </Stack>
  );
}

function Steps(props: {
  readonly onBack?: () => void;
  readonly onNext: () => void;
  readonly disabled?: boolean;
  readonly loading?: boolean;
  /** Of a step that sends something. */
  readonly label?: string;
}) {
  const { t } = useTranslation('tenant');
  const next = (
    <Button onClick={props.onNext} disabled={props.disabled === true} loading={props.loading === true}>
      {props.label ?? t('next')}
    </Button>
  );
  return (
    <Group>
      {props.onBack !== undefined && (
        <Button variant="default" onClick={props.onBack}>
          {t('back')}
        </Button>
      )}
      {props.label === undefined ? next : <Writing>{next}</Writing>}
    </Group>
  );
}

/** A run that is followed to its end; then what it came to. */
function Run({ id, children }: { readonly id: string; readonly children: (result: ImportResult, operation: LongOperation) => ReactNode }) {
  const { t } = useTranslation('tenant');
  const read = useOperation(id);
  if (read.isError) return <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />;
  if (read.data === undefined) return <Loader role="img" aria-label={t('loading')} />;
  if (isUnderWay(read.data)) return <OperationProgress operation={read.data} />;
  const { problem, result } = read.data;
  return (
    <Stack>
      {problem !== null && (
        <Alert color="red" title={problem.title}>
          {problem.detail}
        </Alert>
      )}
      {read.data.status === 'cancelled' && <Alert color="gray">{t('activity.status.cancelled')}</Alert>}
      {result !== null && 'created' in result && children(result, read.data)}
    </Stack>
  );
}

function FirstErrors({ result, id }: { readonly result: ImportResult; readonly id: string }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  if (result.failed === 0) return null;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {t('import.firstErrors', { shown: format.number(result.firstErrors.length), all: format.number(result.failed) })}
        </Text>
        {result.errors !== null && <ErrorsFileButton id={id} />}
      </Group>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('import.row')}</Table.Th>
            <Table.Th>{t('import.column')}</Table.Th>
            <Table.Th>{t('import.why')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {result.firstErrors.map(({ row, field, code, message }) => (
            <Table.Tr key={`${row} ${field} ${code}`}>
              <Table.Td>{format.number(row)}</Table.Td>
              <Table.Td>{field ?? '–'}</Table.Td>
              <Table.Td>
                {message} <Code>{code}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function Conflicts({ plan, onChange }: { readonly plan: ImportPlan; readonly onChange: (plan: ImportPlan) => void }) {
  const { t } = useTranslation('tenant');
  const choices = plan.resource === 'customers' ? (['fail', 'skip', 'update'] as const) : (['fail', 'skip'] as const);
  return (
    <Group maw={760} grow align="flex-start">
      <Select
        label={t('import.onConflict')}
        data={choices.map((value) => ({ value, label: t(`import.conflicts.${value}`) }))}
        value={plan.onConflict}
        allowDeselect={false}
        onChange={(value) => onChange({ ...plan, onConflict: (value ?? 'fail') as ImportPlan['onConflict'] })}
      />
      {plan.onConflict === 'update' && (
        <Select
          label={t('import.match')}
          data={(['externalId', 'email'] as const).map((value) => ({ value, label: t(`customer.fields.${value}`) }))}
          value={plan.match}
          allowDeselect={false}
          onChange={(value) => onChange({ ...plan, match: (value ?? 'externalId') as ImportPlan['match'] })}
        />
      )}
    </Group>
  );
}
