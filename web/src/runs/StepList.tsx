import type { RunStep } from '../api/run-shapes.ts';
import { StepItem } from './StepItem.tsx';
import styles from './StepList.module.css';

/** The parts of a run, in the order they were begun. */
export function StepList({ steps }: { readonly steps: readonly RunStep[] }) {
  if (steps.length === 0) return null;
  return (
    <section aria-labelledby="steps">
      <h3 id="steps">Steps</h3>
      <ol className={styles.steps}>
        {steps.map((step) => (
          <StepItem key={`${step.attempt} ${step.startedAt} ${step.name}`} step={step} />
        ))}
      </ol>
    </section>
  );
}
