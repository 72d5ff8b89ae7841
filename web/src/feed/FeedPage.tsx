import { Button } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { FirstRun } from '../connect/FirstRun.tsx';
import { toFilter, toFilterQuery } from '../filter/filter.ts';
import { FilterBar } from '../filter/FilterBar.tsx';
import { ListEnd } from '../list/ListEnd.tsx';
import styles from '../list/ListPage.module.css';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { useHoldReason } from '../list/use-held.ts';
import { navigate, usePlace } from '../navigation/location.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { EventList } from './EventList.tsx';
import { FeedToolbar } from './FeedToolbar.tsx';
import { GapNotice } from './GapNotice.tsx';
import { NewEvents } from './NewEvents.tsx';
import { useFeed } from './use-feed.ts';
import { useGlanceRefresh } from './use-glance-refresh.ts';

/** The live feed: what happens on all forges, newest on top. */
export function FeedPage() {
  const { path, search } = usePlace();
  const filter = useMemo(() => toFilter(search), [search]);
  const query = toFilterQuery(filter);
  const list = useRef<HTMLDivElement>(null);
  const [isPaused, setPaused] = useState(false);
  const holdReason = useHoldReason(list, isPaused);
  const feed = useFeed(query, holdReason !== null);
  const { state, phase, release, loadOlder } = feed;
  useGlanceRefresh((state.waiting[0] ?? state.events[0])?.seq ?? 0, phase);

  // A page of a rare filter may hold nothing and still not be the last.
  const isBarren = state.phase === 'ready' && state.events.length === 0 && state.next !== null;
  useEffect(() => {
    if (isBarren) loadOlder();
  }, [isBarren, loadOlder]);

  const waiting = state.waiting.length;
  useEffect(() => {
    document.title = waiting === 0 ? 'Fettle' : `(${waiting}) Fettle`;
  }, [waiting]);

  const show = useCallback(() => {
    window.scrollTo({ top: 0 });
    release();
  }, [release]);
  const setQuery = (changed: string) => navigate(changed === '' ? path : `${path}?${changed}`, { replace: true });

  return (
    <main className={styles.page}>
      <FeedToolbar
        phase={phase}
        trouble={feed.trouble}
        isPaused={isPaused}
        onPausedChange={setPaused}
        isReady={state.phase === 'ready'}
      />
      <FilterBar filter={filter} events={state.events} onChange={(changed) => setQuery(toFilterQuery(changed))} />
      {feed.gap !== null && <GapNotice gap={feed.gap} onClose={feed.forgetGap} />}
      <NewEvents count={waiting} hasOverflowed={state.hasOverflowed} onShow={show} />
      {state.phase === 'loading' && <ListSkeleton what="events" />}
      {state.problem !== null && (
        <ProblemAlert problem={state.problem} onRetry={feed.reload}>
          {query !== '' && (
            <Button size="xs" variant="default" onClick={() => setQuery('')}>
              Clear filter
            </Button>
          )}
        </ProblemAlert>
      )}
      {state.phase === 'ready' && state.isHubEmpty && <FirstRun />}
      {state.events.length > 0 && (
        <EventList
          list={list}
          events={state.events}
          search={query === '' ? '' : `?${query}`}
          isBusy={state.older === 'loading'}
          onNearEnd={loadOlder}
        />
      )}
      {state.phase === 'ready' && !state.isHubEmpty && (
        <ListEnd
          older={state.older}
          next={state.next}
          isEmpty={state.events.length === 0}
          what="Older events"
          onRetry={loadOlder}
        >
          <p>No event matches this filter. New ones that do appear here by themselves.</p>
          {query !== '' && (
            <Button size="xs" variant="default" onClick={() => setQuery('')}>
              Clear filter
            </Button>
          )}
        </ListEnd>
      )}
    </main>
  );
}
