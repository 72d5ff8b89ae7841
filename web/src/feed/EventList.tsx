import type { RefObject } from 'react';
import type { HubEvent } from '../api/shapes.ts';
import { toSpokenText } from '../event/summary.ts';
import { EndlessList } from '../list/EndlessList.tsx';
import { EventRow } from './EventRow.tsx';

export interface EventListProps {
  readonly list: RefObject<HTMLDivElement | null>;
  readonly events: readonly HubEvent[];
  readonly search: string;
  readonly isBusy: boolean;
  readonly onNearEnd: () => void;
}

const ROW_PX = 60;
const FRESH_MS = 3_000;

/** The events, newest first. */
export function EventList({ list, events, search, isBusy, onNearEnd }: EventListProps) {
  return (
    <EndlessList
      list={list}
      items={events}
      label="Events, newest first"
      rowPx={ROW_PX}
      toTime={({ receivedAt }) => receivedAt}
      toSpokenText={toSpokenText}
      isBusy={isBusy}
      onNearEnd={onNearEnd}
    >
      {(event, focus) => (
        <EventRow
          event={event}
          search={search}
          isFresh={Date.now() - Date.parse(event.receivedAt) < FRESH_MS}
          {...focus}
        />
      )}
    </EndlessList>
  );
}
