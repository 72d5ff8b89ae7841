import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useMe } from '../api/queries.ts';
import { getJson, toShownProblem } from '../api/request.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import styles from './ForgeCard.module.css';

/** The webhook secret of a forge, for admins, and only when asked for. It is forgotten when the panel closes. */
export function ForgeSecret({ name }: { readonly name: string }) {
  const me = useMe();
  const secrets = useMutation({
    mutationFn: () => getJson<{ secrets: string[] }>(`/api/v1/forges/${encodeURIComponent(name)}/secret`),
    gcTime: 0,
  });
  if (me.data !== undefined && me.data.role !== 'admin')
    return <span className={styles.soft}>Only an admin can see it.</span>;
  if (secrets.error !== null)
    return <ProblemAlert problem={toShownProblem(secrets.error)} onRetry={() => secrets.mutate()} />;
  if (secrets.data === undefined) {
    return (
      <Button size="compact-xs" variant="default" loading={secrets.isPending} onClick={() => secrets.mutate()}>
        Show secret<span className={styles.hidden}> of {name}</span>
      </Button>
    );
  }
  if (secrets.data.secrets.length === 0)
    return <span className={styles.soft}>None is set; every delivery is refused until there is one.</span>;
  return secrets.data.secrets.map((secret) => (
    <span key={secret} className={styles.value}>
      <code>{secret}</code>
      <CopyButton text={secret} what={`secret of ${name}`} />
    </span>
  ));
}
