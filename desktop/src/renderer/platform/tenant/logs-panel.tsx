import { Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { matchingLines, type ShownLine, withLines } from './log-lines.ts';
import classes from './logs-panel.module.css';

/** Of each pod so many lines of before. */
const TAIL_LINES = 500;
const LINE_HEIGHT = 20;

/** The logs of all pods together, as they are written. */
export function LogsPanel({ tenant }: { readonly tenant: string }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const [lines, setLines] = useState<readonly ShownLine[]>([]);
  const [failure, setFailure] = useState<string>();
  const [search, setSearch] = useState('');
  const [isFollowed, setFollowed] = useState(true);
  const isSignedIn = useSession('staff').session?.signedIn === true;
  // A subscription: lines come unasked until this view is closed, or the session ends.
  useEffect(() => {
    if (!isSignedIn) return undefined;
    setLines([]);
    setFailure(undefined);
    const stream = crypto.randomUUID();
    const stop = access.on('tenants.logged', (notice) => {
      if (notice.stream === stream) setLines((before) => withLines(before, notice));
    });
    access.ask('tenants.followLogs', { name: tenant, stream, lines: TAIL_LINES }).catch((error: unknown) => {
      setFailure(error instanceof Error ? error.message : `${error}`);
    });
    return () => {
      stop();
      access.ask('tenants.endLogs', { stream }).catch(() => undefined);
    };
  }, [access, tenant, isSignedIn]);
  return (
    <Stack gap="xs">
      <Group gap="md" align="flex-end">
        <TextInput
          label={t('logs.search')}
          leftSection={<Search aria-hidden size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Switch label={t('logs.follow')} checked={isFollowed} onChange={(event) => setFollowed(event.currentTarget.checked)} />
        {failure !== undefined && (
          <Text size="sm" role="alert">
            {failure}
          </Text>
        )}
      </Group>
      <Lines lines={matchingLines(lines, search)} isFollowed={isFollowed} label={t('logs.label')} />
    </Stack>
  );
}

function Lines({
  lines,
  isFollowed,
  label,
}: {
  readonly lines: readonly ShownLine[];
  readonly isFollowed: boolean;
  readonly label: string;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  const last = lines.at(-1)?.number;
  // Where the view stands is the browser's, not React's.
  useEffect(() => {
    if (isFollowed && last !== undefined) rows.scrollToIndex(rows.options.count - 1);
  }, [isFollowed, last, rows]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <div ref={scroller} className={classes.scroller} role="log" aria-label={label} aria-live="off" tabIndex={0}>
      <div className={classes.body} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return line === undefined ? null : (
            <div key={line.number} className={classes.line} data-level={line.level} style={{ transform: `translateY(${start}px)` }}>
              <span className={classes.pod}>{line.pod.slice(-5)}</span> {line.text}
            </div>
          );
        })}
      </div>
    </div>
  );
}
