import { useQuery } from '@tanstack/react-query';
import { usePreferences } from '../../app/preferences-provider.tsx';
import { cronWords } from './cron-words.ts';

/** A cron in the words of the person's language; as it is until they are there. */
export function CronText({ cron }: { readonly cron: string }) {
  const { language } = usePreferences().preferences;
  const { data: words } = useQuery({
    queryKey: ['cron-words', cron, language],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => cronWords(cron, language),
  });
  return <span title={cron}>{words ?? cron}</span>;
}
