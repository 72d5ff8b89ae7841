import { Button } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import styles from './Confirmation.module.css';

export interface ConfirmationProps {
  /** What is about to be done, and what follows from it. */
  readonly question: ReactNode;
  /** What the button says that does it. */
  readonly verb: string;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Escape within it must close it alone, and not the panel it stands in. */
const OWN_ESCAPE = { 'data-mantine-stop-propagation': 'true' } as const;

/** Asks once more, in place, before something is done that reaches beyond this page. */
export function Confirmation({ question, verb, isBusy, onConfirm, onClose, children }: ConfirmationProps) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <div className={styles.box} role="group" aria-labelledby={id} onKeyDown={onKeyDown}>
      <div id={id} className={styles.question}>
        {question}
      </div>
      {children}
      <div className={styles.buttons}>
        <Button {...OWN_ESCAPE} size="xs" loading={isBusy} autoFocus onClick={onConfirm}>
          {verb}
        </Button>
        <Button {...OWN_ESCAPE} size="xs" variant="default" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </div>
  );
}
