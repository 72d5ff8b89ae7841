import { Drawer, Skeleton, Tabs } from '@mantine/core';
import { useEventDetails } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import { TypeChip } from '../event/TypeChip.tsx';
import { toSummary } from '../event/summary.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import styles from './EventPanel.module.css';
import { EventTab } from './EventTab.tsx';
import { HeadersTab } from './HeadersTab.tsx';
import { PayloadTab } from './PayloadTab.tsx';
import { RulesTab } from './RulesTab.tsx';

/** Everything that is known about one event. */
export function EventPanel({ id, search }: { readonly id: string; readonly search: string }) {
  const { data, error, refetch } = useEventDetails(id);
  const summary = data === undefined ? null : toSummary(data.event);
  return (
    <>
      <Drawer.Header className={styles.header ?? ''}>
        <div className={styles.head}>
          {data !== undefined && (
            <span className={styles.kind}>
              <TypeChip type={data.event.type} />
              <span className={styles.number}>no. {data.event.seq}</span>
            </span>
          )}
          <Drawer.Title className={styles.title ?? ''}>
            {data === undefined || summary === null ? 'Event' : [summary.about, summary.text].filter(Boolean).join(' ')}
          </Drawer.Title>
        </div>
        <Drawer.CloseButton aria-label="Close" />
      </Drawer.Header>
      <Drawer.Body>
        {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Skeleton height="20rem" />}
        {data !== undefined && (
          <Tabs defaultValue="event" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="event">Event</Tabs.Tab>
              <Tabs.Tab value="rules">Rules</Tabs.Tab>
              <Tabs.Tab value="payload" disabled={data.delivery === null}>
                Payload
              </Tabs.Tab>
              <Tabs.Tab value="headers" disabled={data.delivery === null}>
                Headers
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="event">
              <EventTab details={data} search={search} />
            </Tabs.Panel>
            <Tabs.Panel value="rules">
              <RulesTab details={data} />
            </Tabs.Panel>
            {data.delivery !== null && (
              <>
                <Tabs.Panel value="payload">
                  <PayloadTab delivery={data.delivery} />
                </Tabs.Panel>
                <Tabs.Panel value="headers">
                  <HeadersTab headers={data.delivery.headers} />
                </Tabs.Panel>
              </>
            )}
          </Tabs>
        )}
      </Drawer.Body>
    </>
  );
}
