import { useTranslation } from 'react-i18next';
import { PlatformError } from '../../platform/platform-error.ts';
import { FailureAlert } from '../kit/failure-alert.tsx';

/** What the cluster, or the way to it, said, and a way to try again. */
export function FailureNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation('platform');
  const problem = error instanceof PlatformError ? error.problem : undefined;
  const detail = problem?.detail ?? (error instanceof Error ? error.message : t('failure.unknown'));
  return <FailureAlert title={problem?.title ?? t('failure.title')} detail={detail} onRetry={onRetry} />;
}
