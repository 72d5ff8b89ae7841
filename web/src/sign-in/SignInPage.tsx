import { Loader } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { postJson, type ShownProblem, toShownProblem } from '../api/request.ts';
import { Logo } from '../header/Logo.tsx';
import { ThemeToggle } from '../header/ThemeToggle.tsx';
import { navigate, toReturnPlace } from '../navigation/location.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { takeSignInCode } from './take-sign-in-code.ts';
import { SignInForm } from './SignInForm.tsx';
import styles from './SignInPage.module.css';

/** Signing in: with the code of a link at once, else with one that is pasted. */
export function SignInPage() {
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: (code: string) => postJson('/api/v1/sign-in', { code }),
    onSuccess: () => {
      const to = toReturnPlace();
      client.clear();
      navigate(to, { replace: true });
    },
  });
  const { mutate } = signIn;
  useEffect(() => {
    const take = () => {
      const code = takeSignInCode();
      if (code !== null) mutate(code);
    };
    take();
    // A second link opened in the same tab changes only the fragment.
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, [mutate]);
  const problem = signIn.error === null ? null : toShownProblem(signIn.error);

  return (
    <main className={styles.page}>
      <div className={styles.corner}>
        <ThemeToggle />
      </div>
      <div className={styles.card}>
        <div className={styles.head}>
          <Logo size={40} />
          <h1>Sign in to Fettle</h1>
        </div>
        {signIn.isPending || signIn.isSuccess ? (
          <p className={styles.wait} role="status">
            <Loader size="xs" /> Signing in …
          </p>
        ) : (
          <>
            {problem !== null && <ProblemAlert problem={toClearer(problem)} />}
            <SignInForm onCode={mutate} />
            <Explanation />
          </>
        )}
      </div>
    </main>
  );
}

function Explanation() {
  return (
    <section className={styles.how} aria-labelledby="how">
      <h2 id="how">How to get a link</h2>
      <p>
        The hub prints one on the terminal when it starts. For another, run this where the hub runs and open what it
        prints:
      </p>
      <pre className={styles.command}>fettle token sign-in</pre>
      <p>In a clone of the project the command is ./fettle. A link works once, for 15 minutes.</p>
    </section>
  );
}

function toClearer(problem: ShownProblem): ShownProblem {
  return problem.code === 'code_invalid' ? { ...problem, title: 'This link was used already or has expired' } : problem;
}
