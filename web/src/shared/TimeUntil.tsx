import { useNow } from './now.ts';
import { toMomentText, toUntil } from './time.ts';

/** How long until something is due; exactly when, on hover. */
export function TimeUntil({ iso }: { readonly iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={toMomentText(iso)}>
      {toUntil(iso, now)}
    </time>
  );
}
