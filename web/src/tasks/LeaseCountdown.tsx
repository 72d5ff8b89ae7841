import { useEffect, useState } from 'react';
import { toMomentText } from '../shared/time.ts';

/** How long a lease goes on without a heartbeat, counted down by the second; exactly until when, on hover. */
export function LeaseCountdown({ iso }: { readonly iso: string }) {
  const leftMs = Date.parse(iso) - useSecond();
  return (
    <time dateTime={iso} title={toMomentText(iso)}>
      {leftMs <= 0 ? 'is over' : `for ${toClockText(leftMs)}`}
    </time>
  );
}

/** The present time, read anew every second. */
function useSecond(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** `4:05`, `1:04:05`. */
function toClockText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const used = parts[0] === 0 ? parts.slice(1) : parts;
  return used.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
