import type { RunDetails } from '../api/run-shapes.ts';
import { FieldList } from '../detail/FieldList.tsx';
import { toRunFields } from './run-fields.tsx';

/** The facts of a run, and the ways to what it belongs to. */
export function RunFields({ run }: { readonly run: RunDetails }) {
  return (
    <section aria-label="Facts">
      <FieldList fields={toRunFields(run)} />
    </section>
  );
}
