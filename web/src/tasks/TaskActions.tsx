import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { toShownProblem } from '../api/request.ts';
import { useMoveTask } from '../api/task-queries.ts';
import type { TaskDetails } from '../api/task-shapes.ts';
import styles from '../runs/RunActions.module.css';
import { Confirmation } from '../shared/Confirmation.tsx';
import { Icon } from '../shared/Icon.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { type ShownVerb, toVerbs } from './task-verbs.ts';

/** What an operator can do to a task. Each asks once more, and takes a note for the journal. */
export function TaskActions({ task }: { readonly task: TaskDetails }) {
  const [asked, setAsked] = useState<ShownVerb['verb'] | null>(null);
  const [note, setNote] = useState('');
  const move = useMoveTask(task.id);
  const verbs = toVerbs(task);
  const shown = verbs.find(({ verb }) => verb === asked);
  const ask = (verb: ShownVerb['verb']) => {
    move.reset();
    setNote('');
    setAsked(verb);
  };
  const confirm = ({ verb }: ShownVerb) => {
    const said = note.trim();
    move.mutate({ verb, ...(said !== '' && { note: said }) }, { onSettled: () => setAsked(null) });
  };
  if (verbs.length === 0 && move.error === null) return null;

  return (
    <div className={styles.actions}>
      {shown === undefined ? (
        <div className={styles.buttons}>
          {verbs.map(({ verb, label, icon, isMain }) => (
            <Button
              key={verb}
              size="xs"
              variant={isMain ? 'filled' : 'default'}
              leftSection={<Icon name={icon} size={14} />}
              onClick={() => ask(verb)}
            >
              {label}
            </Button>
          ))}
        </div>
      ) : (
        <Confirmation
          question={shown.question}
          verb={shown.label}
          isBusy={move.isPending}
          onConfirm={() => confirm(shown)}
          onClose={() => setAsked(null)}
        >
          <TextInput
            size="xs"
            label="Note (kept in the journal; may be left out)"
            value={note}
            maxLength={2000}
            onChange={(event) => setNote(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') confirm(shown);
            }}
          />
        </Confirmation>
      )}
      {move.error !== null && <ProblemAlert problem={toShownProblem(move.error)} />}
    </div>
  );
}
