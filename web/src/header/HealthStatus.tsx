import { useHealth } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import { Glance } from './Glance.tsx';
import { toConditions } from './conditions.ts';
import styles from './HealthStatus.module.css';

/** The health of the hub as a dot, and what is wrong when something is. */
export function HealthStatus() {
  const { data, error, isPending } = useHealth();
  const problem = error === null ? null : toShownProblem(error);
  const tone = problem !== null ? 'bad' : data?.status === 'degraded' ? 'warn' : isPending ? 'plain' : 'good';
  const word =
    problem !== null ? 'Out of reach' : data?.status === 'degraded' ? 'Degraded' : isPending ? 'Asking' : 'Healthy';

  return (
    <Glance
      label={`Health of the hub: ${word}`}
      tone={tone}
      face={
        <>
          <span className={styles.dot} data-tone={tone} aria-hidden="true" />
          <span className={styles.word}>{word}</span>
        </>
      }
    >
      <strong>{problem?.title ?? (word === 'Healthy' ? 'All is well' : word)}</strong>
      {problem !== null && <p>{problem.detail}</p>}
      {problem === null && data !== undefined && (
        <ul className={styles.conditions}>
          {toConditions(data).map(({ isFine, text, details }) => (
            <li key={text} data-fine={isFine}>
              {text}
              {details.map((line) => (
                <pre key={line}>{line}</pre>
              ))}
            </li>
          ))}
        </ul>
      )}
      {data?.version !== undefined && <p className={styles.version}>Fettle {data.version}</p>}
    </Glance>
  );
}
