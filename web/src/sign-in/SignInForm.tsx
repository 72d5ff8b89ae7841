import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { findSignInCode } from './find-sign-in-code.ts';
import styles from './SignInForm.module.css';

/** A field for a link or a code that came another way than by a click. */
export function SignInForm({ onCode }: { readonly onCode: (code: string) => void }) {
  const [text, setText] = useState('');
  const [isRefused, setRefused] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const code = findSignInCode(text);
    setRefused(code === null);
    if (code !== null) onCode(code);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label="Sign-in link or code"
        placeholder="http://…/sign-in#…"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={isRefused ? 'This is neither a sign-in link nor a code. Paste the whole link.' : null}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
      />
      <Button type="submit">Sign in</Button>
    </form>
  );
}
