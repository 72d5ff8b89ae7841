import { Button } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../shared/CopyButton.tsx';
import { toSizeText } from '../shared/quantity.ts';
import styles from './TextBlock.module.css';

/** More than this at once makes a browser slow. */
const SHOWN_CHARACTERS = 200_000;

/** A long text that came from elsewhere, as it is, with a way to copy it. */
export function TextBlock({ text, what }: { readonly text: string; readonly what: string }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > SHOWN_CHARACTERS;
  return (
    <div className={styles.block}>
      <div className={styles.copy}>
        <CopyButton text={text} what={what} />
      </div>
      {/* Scrolls, so it must be reachable by keyboard. */}
      <pre className={styles.text} tabIndex={0} aria-label={what}>
        {isCut ? text.slice(0, SHOWN_CHARACTERS) : text}
      </pre>
      {isCut && (
        <Button size="xs" variant="default" onClick={() => setWhole(true)}>
          Show all {toSizeText(text.length)}
        </Button>
      )}
    </div>
  );
}
