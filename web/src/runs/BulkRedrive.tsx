import { Button } from '@mantine/core';
import { useState } from 'react';
import { type RunSelection, useRedriveMany } from '../api/run-queries.ts';
import { toShownProblem } from '../api/request.ts';
import { Confirmation } from '../shared/Confirmation.tsx';
import { Icon } from '../shared/Icon.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toCountText } from '../shared/quantity.ts';
import styles from './BulkRedrive.module.css';

/** Gets all dead runs of a filter going again: counts them, asks, does it, and says how many. Give it another key with another filter. */
export function BulkRedrive({ selection }: { readonly selection: RunSelection }) {
  const [isOpen, setOpen] = useState(false);
  const redrive = useRedriveMany();
  const { data, error, isPending } = redrive;
  const isFiltered = Object.keys(selection).length > 0;
  const close = () => {
    setOpen(false);
    redrive.reset();
  };
  const ask = (dryRun: boolean) => redrive.mutate({ selection, dryRun });
  const open = () => {
    setOpen(true);
    ask(true);
  };
  const runs = data === undefined ? '' : `${data.more ? 'the oldest ' : ''}${toCountText(data.matched, 'dead run')}`;

  return (
    <div className={styles.place} data-open={isOpen}>
      {!isOpen && (
        <Button size="xs" variant="default" leftSection={<Icon name="again" size={14} />} onClick={open}>
          Redrive all dead{isFiltered ? ' of this filter' : ''}
        </Button>
      )}
      {isOpen && error !== null && (
        <ProblemAlert problem={toShownProblem(error)}>
          <Button size="xs" variant="default" onClick={close}>
            Close
          </Button>
        </ProblemAlert>
      )}
      {isOpen && error === null && (data === undefined || data.dryRun) && data?.matched !== 0 && (
        <Confirmation
          question={
            data === undefined ? (
              <p>Counting the dead runs …</p>
            ) : (
              <>
                <strong>
                  Redrive {runs}
                  {isFiltered ? ' that match this filter' : ''}?
                </strong>
                <p>
                  Each goes on after its last finished step, with all its attempts before it. Breakers in their way are
                  closed.
                </p>
              </>
            )
          }
          verb={data === undefined ? 'Redrive' : `Redrive ${toCountText(data.matched, 'run')}`}
          isBusy={isPending}
          onConfirm={() => ask(false)}
          onClose={close}
        />
      )}
      {isOpen && data !== undefined && (!data.dryRun || data.matched === 0) && (
        <p className={styles.done} role="status">
          {data.dryRun
            ? `No dead run ${isFiltered ? 'matches this filter' : 'is there'}.`
            : `${toCountText(data.changed, 'run goes', 'runs go')} on.${data.more ? ' There are more: do it again.' : ''}`}
          <Button size="compact-xs" variant="subtle" onClick={close}>
            Close
          </Button>
        </p>
      )}
    </div>
  );
}
