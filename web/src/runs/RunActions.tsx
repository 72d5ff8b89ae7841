import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMoveRun } from '../api/run-queries.ts';
import { toShownProblem } from '../api/request.ts';
import type { RunDetails } from '../api/run-shapes.ts';
import { Confirmation } from '../shared/Confirmation.tsx';
import { Icon } from '../shared/Icon.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toMoveTexts } from './move-texts.ts';
import styles from './RunActions.module.css';
import { isCancellable, isRedrivable } from './run-states.ts';

/** What an operator can do to a run. Each asks once more before it does something. */
export function RunActions({ run }: { readonly run: RunDetails }) {
  const [asked, setAsked] = useState<'redrive' | 'cancel' | null>(null);
  const [reason, setReason] = useState('');
  const redrive = useMoveRun(run.id, 'redrive');
  const cancel = useMoveRun(run.id, 'cancel');
  const texts = toMoveTexts(run);
  const can = { redrive: isRedrivable(run), cancel: isCancellable(run) };
  const error = redrive.error ?? cancel.error;
  const ask = (verb: 'redrive' | 'cancel') => {
    redrive.reset();
    cancel.reset();
    setAsked(verb);
  };
  const confirm = () => {
    const close = { onSettled: () => setAsked(null) };
    if (asked === 'redrive') redrive.mutate({}, close);
    else cancel.mutate(reason.trim() === '' ? {} : { reason: reason.trim() }, close);
  };
  if (!can.redrive && !can.cancel && error === null) return null;

  return (
    <div className={styles.actions}>
      {asked === null && (
        <div className={styles.buttons}>
          {can.redrive && (
            <Button size="xs" leftSection={<Icon name="again" size={14} />} onClick={() => ask('redrive')}>
              {texts.redrive.label}
            </Button>
          )}
          {can.cancel && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name={texts.isUnknown ? 'check' : 'cross'} size={14} />}
              onClick={() => ask('cancel')}
            >
              {texts.cancel.label}
            </Button>
          )}
        </div>
      )}
      {asked !== null && can[asked] && (
        <Confirmation
          question={texts[asked].question}
          verb={texts[asked].label}
          isBusy={redrive.isPending || cancel.isPending}
          onConfirm={confirm}
          onClose={() => setAsked(null)}
        >
          {asked === 'cancel' && (
            <TextInput
              size="xs"
              label="Why (kept with the run; may be left out)"
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') confirm();
              }}
            />
          )}
        </Confirmation>
      )}
      {error !== null && <ProblemAlert problem={toShownProblem(error)} />}
    </div>
  );
}
