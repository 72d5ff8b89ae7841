import { UnstyledButton } from '@mantine/core';
import { useRunCounts } from '../api/run-queries.ts';
import { RUN_STATES, type RunState } from '../api/run-shapes.ts';
import { toNumberText, toShortNumberText } from '../shared/quantity.ts';
import { STATE_TEXTS } from './run-states.ts';
import { type RunFilter, toRunSelection } from './run-filter.ts';
import styles from './StateFilter.module.css';

export interface StateFilterProps {
  readonly filter: RunFilter;
  readonly onChange: (states: readonly RunState[]) => void;
}

/** The states as switches, with how many runs are in each that needs something. */
export function StateFilter({ filter, onChange }: StateFilterProps) {
  const { data } = useRunCounts();
  const { states, action } = filter;
  const used = Object.keys(toRunSelection(filter));
  // The hub counts by action only; a number that counts other runs than those below would mislead.
  const isCounted = data !== undefined && used.every((name) => name === 'action');
  const actions = action === '' ? null : action.split(',').map((name) => name.trim());
  const count = (state: RunState) =>
    (data?.counts ?? [])
      .filter((entry) => entry.state === state && (actions === null || actions.includes(entry.action)))
      .reduce((sum, { runs }) => sum + runs, 0);
  const toggle = (state: RunState) => onChange(RUN_STATES.filter((one) => (one === state) !== states.includes(one)));

  return (
    <div className={styles.states} role="group" aria-label="Show runs that are">
      <UnstyledButton className={styles.state ?? ''} aria-pressed={states.length === 0} onClick={() => onChange([])}>
        all
      </UnstyledButton>
      {RUN_STATES.map((state) => {
        const runs = isCounted ? count(state) : 0;
        return (
          <UnstyledButton
            key={state}
            className={styles.state ?? ''}
            data-tone={STATE_TEXTS[state].tone}
            aria-pressed={states.includes(state)}
            title={STATE_TEXTS[state].about}
            onClick={() => toggle(state)}
          >
            {state}
            {runs > 0 && (
              <span className={styles.count} title={toNumberText(runs)}>
                {toShortNumberText(runs)}
              </span>
            )}
          </UnstyledButton>
        );
      })}
    </div>
  );
}
