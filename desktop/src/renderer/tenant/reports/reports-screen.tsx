import { Button, Card, Group, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { REPORT_NAMES, type ReportName } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { LiveBadge } from '../live/live-badge.tsx';
import { useMay } from '../tenant-access.ts';
import { Screen } from '../ui/screen.tsx';
import { ReportDialog } from './report-dialog.tsx';
import { ReportRuns } from './report-runs.tsx';
import { ReportSchedules } from './report-schedules.tsx';

const route = getRouteApi('/tenants/$tenant/reports');

/** Every kind of report, those that were made, and those made again and again. */
export function ReportsScreen() {
  const { t } = useTranslation('tenant');
  const { tab = 'catalogue' } = route.useSearch();
  const navigate = route.useNavigate();
  const mayMake = useMay('createReport');
  const [asking, setAsking] = useState<ReportName | null>(null);
  return (
    <Screen title={t('reports.title')} description={<LiveBadge />}>
      <Tabs value={tab} keepMounted={false} onChange={(next) => void navigate({ search: { tab: (next ?? 'catalogue') as typeof tab } })}>
        <Tabs.List>
          <Tabs.Tab value="catalogue">{t('reports.catalogue')}</Tabs.Tab>
          <Tabs.Tab value="made">{t('reports.made')}</Tabs.Tab>
          <Tabs.Tab value="schedules">{t('reports.schedules')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="catalogue" pt="md">
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {REPORT_NAMES.map((name) => (
              <Card withBorder key={name} component="section" aria-label={t(`reports.names.${name}`)}>
                <Stack h="100%" justify="space-between">
                  <div>
                    <Text component="h2" fw={600}>
                      {t(`reports.names.${name}`)}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {t(`reports.about.${name}`)}
                    </Text>
                  </div>
                  <Group>
                    <Writing>
                      <Button
                        size="xs"
                        variant="default"
                        disabled={!mayMake}
                        onClick={() => setAsking(name)}
                        aria-label={t('reports.makeNamed', { name: t(`reports.names.${name}`) })}
                      >
                        {mayMake ? t('reports.make') : t('reports.notAllowed')}
                      </Button>
                    </Writing>
                  </Group>
                </Stack>
              </Card>
            ))}
          </SimpleGrid>
        </Tabs.Panel>
        <Tabs.Panel value="made" pt="md">
          <ReportRuns />
        </Tabs.Panel>
        <Tabs.Panel value="schedules" pt="md">
          <ReportSchedules />
        </Tabs.Panel>
      </Tabs>
      {asking !== null && (
        <ReportDialog
          report={asking}
          onClose={() => setAsking(null)}
          onMade={(to) => {
            setAsking(null);
            void navigate({ search: { tab: to } });
          }}
        />
      )}
    </Screen>
  );
}
