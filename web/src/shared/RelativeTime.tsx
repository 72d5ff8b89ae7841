import { useNow } from './now.ts';
import { toAgo, toMomentText } from './time.ts';

/** How long ago; exactly when, on hover. */
export function RelativeTime({ iso, className }: { readonly iso: string; readonly className?: string | undefined }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={toMomentText(iso)} className={className}>
      {toAgo(iso, now)}
    </time>
  );
}
